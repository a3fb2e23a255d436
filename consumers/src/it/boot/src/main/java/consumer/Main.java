package consumer;

import io.ctx4j.Ctx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * A service that has the starter and nothing else of ours: a request that asks for 50 ms gets its
 * 504.
 */
@SpringBootApplication
@RestController
public class Main {
  @GetMapping("/slow")
  Mono<String> slow(Ctx ctx) {
    return Mono.never();
  }

  public static void main(String[] args) throws Exception {
    try (var service =
        SpringApplication.run(Main.class, "--server.port=0", "--server.address=127.0.0.1")) {
      String port = service.getEnvironment().getProperty("local.server.port");
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/slow"))
              .header("X-Request-Timeout-Ms", "50")
              .build();
      int status = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
      if (status != 504) {
        throw new AssertionError("status " + status);
      }
    }
  }
}

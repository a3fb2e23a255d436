package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Several exchanges on one connection, without TLS. */
class Http2Test {
  private static Service service;
  private final HttpClient client =
      HttpClient.newBuilder().version(Version.HTTP_2).build();
  private final CompletableFuture<Ctx> started = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    service = Service.start("server.http2.enabled=true");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private CompletableFuture<HttpResponse<String>> get(String path, long millis) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port + path))
            .header("X-Request-Timeout-Ms", Long.toString(millis))
            .timeout(Duration.ofSeconds(60))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  @DisplayName("W4 in HTTP/2 an abort resets its stream, and the others go on")
  void abort_committed_streamReset() throws Exception {
    Sinks.One<String> other = Sinks.one();
    service.on("other", request -> ServerResponse.ok().body(other.asMono(), String.class));
    service.on(
        "partial",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(
                Flux.just(Mono.just(message.bufferFactory().wrap(new byte[] {'a'})))
                    .concatWith(Flux.never()))));
    HttpResponse<String> upgraded = get("/ok", 60_000).get(60, TimeUnit.SECONDS);
    assertThat(upgraded.version()).isEqualTo(Version.HTTP_2);
    service.logs.clear();
    CompletableFuture<HttpResponse<String>> others = get("/on/other", 600_000);
    Await.longEnough(200, millis -> {
      CompletableFuture<HttpResponse<String>> aborted = get("/on/partial", millis);
      try {
        assertThat(aborted.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(504);
        return false;
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(IOException.class);
        return true;
      }
    });
    assertThat(others).isNotDone();
    assertThat(other.tryEmitValue("goes on").isSuccess()).isTrue();
    assertThat(others.get(60, TimeUnit.SECONDS).body()).isEqualTo("goes on");
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  @Test
  @DisplayName("W4 in HTTP/2 the deadline before commit is a 504")
  void deadline_uncommitted_504() throws Exception {
    service.on("never", request -> Mono.never());
    HttpResponse<String> response = get("/on/never", 50).get(60, TimeUnit.SECONDS);
    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(response.body()).contains("The deadline of the request has passed.");
    service.awaitNothingLeft();
  }

  @Test
  @DisplayName("W5 in HTTP/2 a client that resets its stream is gone, and its connection goes on")
  void streamReset_handlerWaits_canceled() throws Exception {
    service.on("waits", request -> {
      started.complete(CtxWeb.ctx(request));
      return Mono.never();
    });
    assertThat(get("/ok", 60_000).get(60, TimeUnit.SECONDS).body()).isEqualTo("ok");
    CompletableFuture<HttpResponse<String>> call = get("/on/waits", 600_000);
    assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
    call.cancel(true);
    Await.until(() -> started.join().isDone(), () -> "live");
    assertThat(started.join().cause()).isInstanceOf(ClientGoneException.class);
    assertThat(get("/ok", 60_000).get(60, TimeUnit.SECONDS).body()).isEqualTo("ok");
    service.awaitNothingLeft();
  }
}

package io.ctx4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.ConfigurableApplicationContext;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceTest {

  private static final Duration STUCK = Duration.ofSeconds(60);

  private final ConfigurableApplicationContext service = Application.start("--server.port=0");
  private final Client client = new Client(Application.port(service));

  @AfterAll
  void stop() {
    service.close();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(client.awaitStatements(0, STUCK)).isZero();
    RequestContexts contexts = service.getBean(RequestContexts.class);
    long start = System.nanoTime();
    while (contexts.live() > 0) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).as("stuck").isLessThan(STUCK);
      Thread.onSpinWait();
    }
  }

  @Test
  void order_valuesOfTheRequest_reachTheRepository() throws Exception {
    HttpResponse<String> response = send(BodyHandlers.ofString(), "/orders/7", "X-User", "ann");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .matches("\\{\"id\":7,\"item\":\"item 7\",\"user\":\"ann\",\"requestId\":\"[^\"]+\"}");
  }

  @Test
  void order_noHeader_guest() {
    assertThat(client.get("/orders/1", null).join().body()).contains("\"user\":\"guest\"");
  }

  @Test
  void order_unknown_404() {
    assertThat(client.get("/orders/0", null).join().status()).isEqualTo(404);
  }

  @Test
  void order_timeoutOfZero_504() {
    Reply reply = client.get("/orders/1", Duration.ZERO).join();

    assertThat(reply.status()).isEqualTo(504);
  }

  @Test
  void report_withinItsDeadline_200() {
    Reply reply = client.get("/report?seconds=0.1", null).join();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains("\"orders\":1000");
  }

  @Test
  void report_deadline_504AndStatementGone() {
    Duration deadline = Duration.ofMillis(700);
    var report = client.get("/report?seconds=60", deadline);
    assertThat(client.awaitStatements(1, STUCK)).isEqualTo(1);

    Reply reply = report.join();

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.body())
        .isEqualTo(
            "{\"status\":504,\"title\":\"Gateway Timeout\",\"detail\":\"context deadline exceeded\"}");
    assertThat(reply.took()).isBetween(deadline, RequestTimeout.DEFAULT);
    assertThat(client.awaitStatements(0, STUCK)).isZero();
  }

  @Test
  void report_noHeader_defaultDeadline() {
    Reply reply = client.get("/report?seconds=60", null).join();

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.took()).isGreaterThanOrEqualTo(RequestTimeout.DEFAULT);
  }

  @Test
  void report_clientGone_statementGoneBeforeTheDeadline() throws IOException {
    long start = System.nanoTime();
    Socket socket = client.open("/report?seconds=60");
    assertThat(client.awaitStatements(1, STUCK)).isEqualTo(1);

    socket.close();

    assertThat(client.awaitStatements(0, STUCK)).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(RequestTimeout.DEFAULT);
  }

  @Test
  void ticks_noHeader_outliveTheDefaultDeadline() throws Exception {
    long start = System.nanoTime();
    try (Stream<String> lines = send(BodyHandlers.ofLines(), "/ticks").body()) {
      List<String> ticks =
          lines.filter(line -> line.startsWith("data:")).limit(6).toList();

      assertThat(ticks).containsExactly("data:0", "data:1", "data:2", "data:3", "data:4", "data:5");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(RequestTimeout.DEFAULT);
    }
  }

  @Test
  void ticks_header_streamEndsCleanly() throws Exception {
    HttpResponse<String> response =
        send(BodyHandlers.ofString(), "/ticks", RequestTimeout.HEADER, "800");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).startsWith("data:0");
  }

  private <T> HttpResponse<T> send(HttpResponse.BodyHandler<T> body, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + Application.port(service) + path))
        .timeout(STUCK);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), body);
  }
}

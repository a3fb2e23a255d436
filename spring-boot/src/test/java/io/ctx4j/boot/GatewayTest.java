package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

/** Behind Spring Cloud Gateway stands a service that notes what it was told. */
class GatewayTest {
  private static final List<List<String>> TOLD = new CopyOnWriteArrayList<>();
  private static final AtomicInteger FAILURES = new AtomicInteger();
  private static DisposableServer backend;
  private static Service gateway;

  @BeforeAll
  static void start() {
    backend = HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .route(routes -> routes
            .get("/proxied/fails", (request, response) -> {
              note(request, "X-Request-Timeout-Ms");
              return Mono.delay(Duration.ofMillis(100))
                  .then(response
                      .status(FAILURES.getAndDecrement() > 0 ? 503 : 200)
                      .send());
            })
            .get(
                "/proxied/ticks",
                (request, response) -> response
                    .header("Content-Type", "text/event-stream")
                    .sendString(
                        Flux.interval(Duration.ofMillis(20)).map(i -> "data:" + i + "\n\n")))
            .get("/proxied/never", (request, response) -> Mono.never())
            .get("/proxied/{any}", (request, response) -> {
              note(request, Objects.requireNonNull(request.param("any")));
              return response.send();
            }))
        .bindNow();
    gateway = Service.start(
        "ctx4j.web.default-timeout=30s",
        "ctx4j.web.max-timeout=50s",
        "ctx4j.web.routes[0].path=/proxied/unlimited",
        "ctx4j.web.routes[0].timeout=none",
        route(0, "id", "proxied"),
        route(0, "uri", "http://127.0.0.1:" + backend.port()),
        route(0, "predicates[0]", "Path=/proxied/**"),
        route(0, "filters[0]", "AddRequestHeader=X-Request-Timeout-Ms, 99999999"),
        "spring.cloud.gateway.server.webflux.routes[0].filters[1].name=Retry",
        "spring.cloud.gateway.server.webflux.routes[0].filters[1].args.retries=2",
        "spring.cloud.gateway.server.webflux.routes[0].filters[1].args.statuses=SERVICE_UNAVAILABLE");
  }

  private static String route(int index, String name, String value) {
    return "spring.cloud.gateway.server.webflux.routes[" + index + "]." + name + "=" + value;
  }

  private static void note(HttpServerRequest request, String header) {
    TOLD.add(new ArrayList<>(request.requestHeaders().getAll(header)));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    backend.disposeNow();
  }

  @AfterEach
  void leavesNothing() {
    TOLD.clear();
    gateway.awaitNothingLeft();
  }

  private static long told() {
    assertThat(TOLD).hasSize(1);
    assertThat(TOLD.get(0)).as("once").hasSize(1);
    return Long.parseLong(TOLD.get(0).get(0));
  }

  @Test
  @DisplayName("W11 a proxied call carries what remains, in place of what a filter has put there")
  void proxied_defaultTimeout_carriesWhatRemains() throws IOException {
    assertThat(Wire.get(gateway.port, "/proxied/X-Request-Timeout-Ms").status()).isEqualTo(200);
    assertThat(told()).isPositive().isLessThanOrEqualTo(30_000);
  }

  @Test
  @DisplayName("W11 never more than the maximum, whatever the client has asked for")
  void proxied_inboundCopy_capped() throws IOException {
    Wire.get(gateway.port, "/proxied/X-Request-Timeout-Ms", "X-Request-Timeout-Ms: 60000");
    assertThat(told()).isPositive().isLessThanOrEqualTo(50_000);
  }

  @Test
  @DisplayName("W11 nor in the client's other headers, each in its own format")
  void proxied_otherHeaders_shortened() throws IOException {
    Wire.get(gateway.port, "/proxied/grpc-timeout", "grpc-timeout: 60S");
    assertThat(TOLD.get(0)).singleElement().asString().endsWith("m");
    assertThat(Long.parseLong(TOLD.get(0).get(0).replace("m", ""))).isLessThanOrEqualTo(50_000);
    TOLD.clear();
    String envoy = "x-envoy-expected-rq-timeout-ms";
    Wire.get(gateway.port, "/proxied/" + envoy, envoy + ": 70000", "grpc-timeout: 1H");
    assertThat(told()).isLessThanOrEqualTo(50_000);
  }

  @Test
  @DisplayName("W11 every attempt carries what remains then")
  void proxied_retries_eachLess() throws IOException {
    FAILURES.set(2);
    assertThat(Wire.get(gateway.port, "/proxied/fails").status()).isEqualTo(200);
    List<Long> told = TOLD.stream().map(lines -> Long.parseLong(lines.get(0))).toList();
    assertThat(told).hasSize(3);
    assertThat(told.get(1)).isLessThanOrEqualTo(told.get(0) - 100);
    assertThat(told.get(2)).isLessThanOrEqualTo(told.get(1) - 100);
  }

  @Test
  @DisplayName("W11 without a deadline nothing is said, and no inbound copy is passed on")
  void proxied_noDeadline_nothingTold() throws IOException {
    Wire.get(gateway.port, "/proxied/unlimited");
    assertThat(TOLD).containsExactly(List.of());
  }

  @Test
  @DisplayName(
      "W2 an event stream that is proxied is none that the application declares: it breaks off")
  void proxied_eventStream_breaksOff() throws IOException {
    Await.longEnough(300, millis -> {
      Wire.Answer answer =
          Wire.get(gateway.port, "/proxied/ticks", "X-Request-Timeout-Ms: " + millis);
      if (answer.status() == 504) { // it had not begun
        return false;
      }
      assertThat(answer.complete()).isFalse();
      return true;
    });
  }

  @Test
  @DisplayName("W11 a proxied call ends with its request")
  void proxied_deadlinePasses_504() throws IOException {
    assertThat(Wire.get(gateway.port, "/proxied/never", "X-Request-Timeout-Ms: 200")
            .status())
        .isEqualTo(504);
    Await.until(() -> gateway.live().size() == 0, () -> "live");
  }
}

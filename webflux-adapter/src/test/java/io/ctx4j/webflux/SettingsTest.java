package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import io.ctx4j.webflux.spi.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Settings that are not the default. */
class SettingsTest {

  @Test
  @DisplayName("W3 a malformed header can be answered with 400, and the handler does not run")
  void malformed_reject_400() throws IOException {
    try (Service service = Service.start("ctx4j.web.malformed-deadline=reject")) {
      AtomicInteger runs = new AtomicInteger();
      service.on("count", request -> {
        runs.incrementAndGet();
        return ServerResponse.ok().build();
      });
      for (String value : new String[] {"abc", "-1", "1 0"}) {
        Answer answer = Wire.get(service.port, "/on/count", "X-Request-Timeout-Ms: " + value);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        assertThat(answer.body()).contains("X-Request-Timeout-Ms").doesNotContain(value);
      }
      assertThat(runs).hasValue(0);
      assertThat(Wire.get(service.port, "/ok", "grpc-timeout: 5S").status()).isEqualTo(200);
    }
  }

  @Test
  @DisplayName("W4 the answer can be the application's")
  void errorRendering_delegate_applications() throws IOException {
    try (Service service = Service.start("ctx4j.web.error-rendering=delegate")) {
      service.on("never", request -> {
        request.exchange().getResponse().getHeaders().set("X-Handler", "1");
        return Mono.never();
      });
      for (String budget : new String[] {"50", "0"}) {
        Answer answer = Wire.get(service.port, "/on/never", "X-Request-Timeout-Ms: " + budget);
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.header("content-type")).startsWith("application/json");
        assertThat(answer.body()).contains("\"status\":504", "\"path\":\"/on/never\"");
        assertThat(answer.header("X-Handler")).isEmpty();
      }
      service.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("W2 only the headers that are listed are read")
  void requestHeaders_listed_othersIgnored() throws IOException {
    try (Service service = Service.start("ctx4j.web.request-headers=X-Patience-Ms")) {
      service.on(
          "left",
          request -> ServerResponse.ok()
              .bodyValue(String.valueOf(CtxWeb.ctx(request).deadline() != null)));
      assertThat(
              Wire.get(service.port, "/on/left", "X-Request-Timeout-Ms: 5000").body())
          .isEqualTo("false");
      assertThat(Wire.get(service.port, "/on/left", "X-Patience-Ms: 5000").body())
          .isEqualTo("true");
    }
  }

  @Test
  @DisplayName("W9 observing, nothing is cut, and what would have been is counted")
  void observe_deadlinePasses_countedOnly() throws IOException {
    try (Service service = Service.start(
        "ctx4j.web.mode=observe",
        "ctx4j.web.default-timeout=10s",
        "ctx4j.web.malformed-deadline=reject")) {
      AtomicReference<@Nullable Ctx> seen = new AtomicReference<>();
      service.on("slow", request -> {
        seen.set(CtxWeb.ctx(request));
        return Mono.delay(Duration.ofMillis(60))
            .flatMap(tick -> ServerResponse.ok().bodyValue("slow"));
      });
      assertThat(Wire.get(service.port, "/on/slow", "X-Request-Timeout-Ms: 20").body())
          .isEqualTo("slow");
      assertThat(Wire.get(service.port, "/ok", "X-Request-Timeout-Ms: 0").body())
          .isEqualTo("ok");
      assertThat(Wire.get(service.port, "/ok", "X-Request-Timeout-Ms: abc").body())
          .isEqualTo("ok");
      Ctx ctx = Objects.requireNonNull(seen.get());
      assertThat(ctx.deadline()).isNull();
      service.awaitNothingLeft();
      Counts counts = service.bean(Counts.class);
      assertThat(counts.of(Outcome.WOULD_EXCEED, true)).isEqualTo(2);
      assertThat(counts.of(Outcome.COMPLETED, true)).isEqualTo(1);
    }
  }
}

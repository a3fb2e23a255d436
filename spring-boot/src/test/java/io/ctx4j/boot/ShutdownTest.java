package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import io.ctx4j.webflux.CtxWeb;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class ShutdownTest {
  private volatile CompletableFuture<Ctx> started = new CompletableFuture<>();
  private volatile Sinks.One<String> answer = Sinks.one();

  private Service service(String... properties) {
    started = new CompletableFuture<>();
    answer = Sinks.one();
    return Service.start(properties)
        .on("never", request -> {
          started.complete(CtxWeb.ctx(request));
          return Mono.never();
        })
        .on("soon", request -> ServerResponse.ok().body(answer.asMono(), String.class))
        .onTicks();
  }

  @Test
  @Tag("slow")
  @DisplayName(
      "W7 after-grace: what ends within the grace ends as usual, the rest gets 503, an event stream ends")
  void stop_afterGrace_allAnswered() throws Exception {
    Await.longEnough(1_000, this::areAllAnswered);
  }

  /** False: the grace had passed before those that end within it could. */
  private boolean areAllAnswered(long graceMillis) throws IOException {
    Service service = service(
        "ctx4j.web.shutdown=after-grace",
        "spring.lifecycle.timeout-per-shutdown-phase=" + graceMillis + "ms");
    LiveExchanges live = service.live();
    try (Wire soon = Wire.open(service.port).send("GET", "/on/soon");
        Wire never = Wire.open(service.port).send("GET", "/on/never");
        Wire ticks = Wire.open(service.port).send("GET", "/on/ticks").awaitAnswer()) {
      Await.until(() -> live.size() == 3, () -> "not begun");
      assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::close);
      assertThat(answer.tryEmitValue("as usual").isSuccess()).isTrue();
      Answer usual = soon.read();
      if (usual.status() == 503) {
        assertThat(stopped).succeedsWithin(60, TimeUnit.SECONDS);
        return false;
      }
      assertThat(usual.body()).isEqualTo("as usual");
      Answer rest = never.read();
      assertThat(rest.status()).isEqualTo(503);
      assertThat(rest.complete()).isTrue();
      assertThat(rest.body()).contains("The service is shutting down.");
      Answer stream = ticks.read();
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.complete()).isTrue();
      assertThat(started.join().cause()).isInstanceOf(ShutdownException.class);
      assertThat(stopped).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(live.size()).isZero();
      assertThat(service.logs.noise()).noneMatch(line -> line.startsWith("ERROR"));
      return true;
    }
  }

  @Test
  @Tag("slow")
  @DisplayName("W7 graceful: event streams and sockets end as the grace begins, all else has it")
  void stop_graceful_streamsHoldUpNobody() throws Exception {
    Service service = service("spring.lifecycle.timeout-per-shutdown-phase=300s");
    LiveExchanges live = service.live();
    try (Wire soon = Wire.open(service.port).send("GET", "/on/soon");
        Wire ticks = Wire.open(service.port).send("GET", "/on/ticks")) {
      assertThat(ticks.line()).contains("200");
      Await.until(() -> live.size() == 2, () -> "not begun");
      CompletableFuture<Integer> closed = socket(service.port);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::close);
      while (ticks.line() != null && live.size() == 2) {} // to its end, or the guard's
      Await.until(() -> live.size() == 1, () -> "the stream is live");
      assertThat(closed).succeedsWithin(60, TimeUnit.SECONDS).isEqualTo(1001);
      assertThat(service.root().isDone()).isFalse();
      assertThat(answer.tryEmitValue("as usual").isSuccess()).isTrue();
      assertThat(soon.read().body()).isEqualTo("as usual");
      assertThat(stopped).succeedsWithin(60, TimeUnit.SECONDS); // sooner than the grace
    }
  }

  /** Opens one that hears nothing, and says how it was closed. */
  private static CompletableFuture<Integer> socket(int port) throws Exception {
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://127.0.0.1:" + port + "/socket"), new WebSocket.Listener() {
          @Override
          public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return null;
          }
        })
        .get(60, TimeUnit.SECONDS);
    return closed;
  }

  @Test
  @DisplayName("W7 immediate: they are cut as the grace begins")
  void stop_immediate_cutAtOnce() throws IOException {
    Service service =
        service("ctx4j.web.shutdown=immediate", "spring.lifecycle.timeout-per-shutdown-phase=300s");
    try (Wire never = Wire.open(service.port).send("GET", "/on/never")) {
      assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::close);
      assertThat(never.read().status())
          .isEqualTo(503); // the socket's guard is shorter than the grace
      assertThat(stopped).succeedsWithin(60, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"graceful", "immediate", "after-grace"})
  @DisplayName(
      "W7 a context that is paused, as one between two tests is, serves as before: that is no shutdown")
  void pause_servesAsBefore(String shutdown) throws Exception {
    try (Service service = service("ctx4j.web.shutdown=" + shutdown);
        Wire never = Wire.open(service.port);
        Wire ticks = Wire.open(service.port).send("GET", "/on/ticks")) {
      never.send("GET", "/on/never");
      assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(ticks.line()).contains("200");
      service.context().pause();
      assertThat(Wire.get(service.port, "/ok").status()).isEqualTo(200);
      service.context().restart();
      assertThat(Wire.get(service.port, "/ok").status()).isEqualTo(200);
      for (int i = 0; i < 20; i++) {
        assertThat(ticks.line()).isNotNull();
      }
      assertThat(started.join().isDone()).isFalse();
      assertThat(service.root().isDone()).isFalse();
    }
  }

  @Test
  @DisplayName("W7 a request that comes when the root is done gets 503")
  void rootDone_newRequest_503() throws IOException {
    try (Service service = service()) {
      service.root().cancel(new ShutdownException());
      assertThat(Wire.get(service.port, "/ok").status()).isEqualTo(503);
      Await.until(() -> service.live().size() == 0, () -> "live");
    }
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A default of two seconds, in which a stream begins on any machine, and which it outlives. */
class EventStreamTest {
  private static Service service;

  @BeforeAll
  static void start() {
    service = Service.start(
        "ctx4j.web.default-timeout=2s",
        "ctx4j.web.max-timeout=20s",
        "ctx4j.web.routes[0].path=/on/own-*",
        "ctx4j.web.routes[0].timeout=2s");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  private static void ticks(String name, MediaType type) {
    service.on(
        name,
        request -> ServerResponse.ok()
            .contentType(type)
            .body(Flux.interval(Duration.ofMillis(10)).onBackpressureDrop(), Long.class));
  }

  /** Reads until that long after the first element; the socket's guard ends a stream that does not go on. */
  private static void readsOn(Wire wire, Duration atLeast) throws IOException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < atLeast.toNanos()) {
      assertThat(wire.line()).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
  @DisplayName("W2 an event stream outlives the default timeout, whatever it was asked for as")
  void eventStream_default_goesOn(String type) throws IOException {
    ticks("ticks", MediaType.parseMediaType(type));
    for (String accept : new String[] {"*/*", type}) {
      try (Wire wire = Wire.open(service.port).send("GET", "/on/ticks", "Accept: " + accept)) {
        assertThat(wire.line()).contains("200");
        readsOn(wire, Duration.ofMillis(2500));
      }
    }
  }

  @Test
  @DisplayName("W2 what produces an event stream sees the context that ends it")
  void eventStreamBody_subscribersContext_withoutTheDefault() throws IOException {
    CompletableFuture<Ctx> seen = new CompletableFuture<>();
    service.on(
        "seen",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(
                Flux.deferContextual(view -> {
                  seen.complete(CtxOps.get(view));
                  return Flux.just("a");
                }),
                String.class));
    Answer answer = Wire.get(service.port, "/on/seen");
    assertThat(answer.body()).isEqualTo("data:a\n\n");
    assertThat(seen.join().deadline()).isNull();
    assertThat(seen.join().isCancelable()).isTrue();
  }

  @Test
  @DisplayName("W2 before its first element an event stream has the default timeout")
  void eventStream_neverCommitted_504() throws IOException {
    service.on(
        "silent",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.never(), String.class));
    assertThat(Wire.get(service.port, "/on/silent").status()).isEqualTo(504);
    assertThat(Wire.get(service.port, "/on/silent", "Accept: text/event-stream").status())
        .isEqualTo(504);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
  @DisplayName("W4 a header's deadline ends an event stream cleanly, between two elements")
  void eventStream_headersDeadline_endsCleanly(String type) throws IOException {
    ticks("ticks", MediaType.parseMediaType(type));
    Answer answer =
        Wire.get(service.port, "/on/ticks", "X-Request-Timeout-Ms: 1500", "Accept: " + type);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.complete()).isTrue();
    assertThat(answer.body()).endsWith("\n").hasSizeGreaterThan(50);
    assertThat(service.logs.ours()).isEmpty();
  }

  @Test
  @DisplayName("W2 its route's own deadline ends an event stream")
  void eventStream_routesDeadline_endsCleanly() throws IOException {
    ticks("own-ticks", MediaType.TEXT_EVENT_STREAM);
    assertThat(Wire.get(service.port, "/on/own-ticks").complete()).isTrue();
  }

  @Test
  @DisplayName("W7 an event stream whose client does not read leaves nothing")
  void eventStream_clientNeverReads_nothingLeft() throws IOException {
    byte[] much = new byte[1 << 20];
    service.on(
        "much",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body((message, context) -> message.writeAndFlushWith(Flux.range(0, 1_000)
                .map(i -> Mono.fromSupplier(() -> message.bufferFactory().wrap(much))))));
    try (Wire wire =
        Wire.open(service.port).send("GET", "/on/much", "X-Request-Timeout-Ms: 1000")) {
      Await.until(() -> service.live().size() == 1, () -> "not begun");
      service.awaitNothingLeft();
      assertThat(wire.socket.isClosed()).isFalse();
    }
  }

  @Test
  @DisplayName("W7 an event stream that hangs in the middle of an element is aborted")
  void eventStream_elementHangs_aborted() throws IOException {
    service.on(
        "hangs",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body((message, context) -> message.writeAndFlushWith(Flux.just(
                Mono.just(
                    message.bufferFactory().wrap("data:1\n\n".getBytes(StandardCharsets.UTF_8))),
                Mono.never()))));
    Answer answer = Wire.get(service.port, "/on/hangs", "X-Request-Timeout-Ms: 1000");
    assertThat(answer.body()).isEqualTo("data:1\n\n");
    assertThat(answer.complete()).isFalse();
    service.awaitNothingLeft();
    assertThat(service.logs.ours()).hasSize(1);
  }
}

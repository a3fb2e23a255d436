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
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A default of a minute, on a clock that stands still: what outlives it does so at once. */
class EventStreamTest {
  private static final Duration DEFAULT = Duration.ofMinutes(1);
  private static final AtomicLong TICKS = new AtomicLong();

  private static Service service;

  @BeforeAll
  static void start() {
    service = Service.start(
        Service.MANUAL_TIME,
        "ctx4j.web.default-timeout=60s",
        "ctx4j.web.max-timeout=600s",
        "ctx4j.web.routes[0].path=/on/own-*",
        "ctx4j.web.routes[0].timeout=60s");
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
            .body(
                Flux.interval(Duration.ofMillis(10))
                    .onBackpressureDrop()
                    .map(tick -> TICKS.incrementAndGet()),
                Long.class));
  }

  /** Sends a request for {@link #ticks}, and returns when its response has begun. */
  private static Wire ticking(String path, String... headers) throws IOException {
    return Wire.open(service.port).send("GET", path, headers).awaitAnswer();
  }

  /**
   * Reads until an element that was made after this was called; the socket's guard ends a stream
   * that does not go on.
   */
  private static void goesOn(Wire wire) throws IOException {
    long before = TICKS.get();
    for (long tick = 0; tick <= before; ) {
      String digits = Objects.requireNonNull(wire.line(), "it ends").replace("data:", "");
      tick = digits.matches("[0-9]+") ? Long.parseLong(digits) : 0;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
  @DisplayName("W2 an event stream outlives the default timeout, whatever it was asked for as")
  void eventStream_default_goesOn(String type) throws IOException {
    ticks("ticks", MediaType.parseMediaType(type));
    for (String accept : new String[] {"*/*", type}) {
      try (Wire wire = ticking("/on/ticks", "Accept: " + accept)) {
        assertThat(wire.line()).contains("200");
        service.advance(DEFAULT.plusSeconds(1));
        goesOn(wire);
      }
      service.awaitNothingLeft();
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
    for (String accept : new String[] {"*/*", "text/event-stream"}) {
      try (Wire wire = Wire.open(service.port).send("GET", "/on/silent", "Accept: " + accept)) {
        service.awaitLive(1);
        service.advance(DEFAULT);
        assertThat(wire.read().status()).isEqualTo(504);
      }
      service.awaitNothingLeft();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
  @DisplayName("W4 a header's deadline ends an event stream cleanly, between two elements")
  void eventStream_headersDeadline_endsCleanly(String type) throws IOException {
    ticks("ticks", MediaType.parseMediaType(type));
    try (Wire wire = ticking("/on/ticks", "X-Request-Timeout-Ms: 90000", "Accept: " + type)) {
      service.advance(Duration.ofSeconds(90));
      Answer answer = wire.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.complete()).isTrue();
      assertThat(answer.body()).endsWith("\n").containsPattern("[0-9]");
    }
    assertThat(service.logs.ours()).isEmpty();
  }

  @Test
  @DisplayName("W2 its route's own deadline ends an event stream")
  void eventStream_routesDeadline_endsCleanly() throws IOException {
    ticks("own-ticks", MediaType.TEXT_EVENT_STREAM);
    try (Wire wire = ticking("/on/own-ticks")) {
      service.advance(DEFAULT);
      assertThat(wire.read().complete()).isTrue();
    }
  }

  @Test
  @DisplayName("W7 an event stream whose client does not read leaves nothing")
  void eventStream_clientNeverReads_nothingLeft() throws IOException {
    byte[] much = new byte[1 << 20];
    var sent = new AtomicInteger();
    service.on(
        "much",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body((message, context) -> message.writeAndFlushWith(Flux.range(0, 1_000)
                .map(i -> Mono.fromSupplier(() -> {
                  sent.incrementAndGet();
                  return message.bufferFactory().wrap(much);
                })))));
    try (Wire wire =
        Wire.open(service.port).send("GET", "/on/much", "X-Request-Timeout-Ms: 90000")) {
      Await.until(() -> sent.get() > 1, () -> "not begun");
      service.advance(Duration.ofSeconds(90));
      service.awaitNothingLeft();
      assertThat(wire.socket.isClosed()).isFalse();
    }
  }

  @Test
  @Tag("slow")
  @DisplayName("W7 an event stream that hangs in the middle of an element is aborted")
  void eventStream_elementHangs_aborted() throws IOException {
    CompletableFuture<Void> hanging = new CompletableFuture<>();
    service.on(
        "hangs",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body((message, context) -> message.writeAndFlushWith(Flux.just(
                Mono.just(
                    message.bufferFactory().wrap("data:1\n\n".getBytes(StandardCharsets.UTF_8))),
                Mono.<DataBuffer>never().doOnSubscribe(begun -> hanging.complete(null))))));
    try (Wire wire =
        Wire.open(service.port).send("GET", "/on/hangs", "X-Request-Timeout-Ms: 90000")) {
      assertThat(hanging).succeedsWithin(60, TimeUnit.SECONDS);
      service.advance(Duration.ofSeconds(90));
      Answer answer = wire.read();
      assertThat(answer.body()).isEqualTo("data:1\n\n");
      assertThat(answer.complete()).isFalse();
    }
    service.awaitNothingLeft();
    assertThat(service.logs.ours()).hasSize(1);
  }
}

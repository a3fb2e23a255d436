package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ClientGoneTest {
  private static Service service;
  private final CompletableFuture<Ctx> started = new CompletableFuture<>();

  private final CompletableFuture<Void> begun = new CompletableFuture<>();

  /** What the cleanup of the handler's resources could see. */
  private final CompletableFuture<Throwable> causeAtCleanup = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    service = Service.start(Service.MANUAL_TIME);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @BeforeEach
  void handlers() {
    service.on("never", request -> {
      Ctx ctx = CtxWeb.ctx(request);
      return Mono.usingWhen(
          Mono.just(ctx),
          resource -> {
            started.complete(ctx);
            return Mono.<ServerResponse>never();
          },
          resource -> Mono.empty(),
          (resource, error) -> Mono.empty(),
          resource -> Mono.fromRunnable(() -> causeAtCleanup.complete(ctx.cause())));
    });
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  /** More than fits between a server and a client that does not read. */
  private void much() {
    byte[] much = new byte[1 << 20];
    service.on("much", request -> {
      started.complete(CtxWeb.ctx(request));
      return ServerResponse.ok()
          .contentType(MediaType.APPLICATION_OCTET_STREAM)
          .body((message, context) -> message.writeWith(Flux.range(0, 1_000).map(i -> {
            if (i == 1) { // with the one before
              begun.complete(null);
            }
            return message.bufferFactory().wrap(much);
          })));
    });
  }

  private Ctx started() {
    assertThat(started).succeedsWithin(60, TimeUnit.SECONDS);
    return started.join();
  }

  private void assertGone(Ctx ctx) {
    Await.until(ctx::isDone, () -> "live");
    assertThat(ctx.err()).isInstanceOf(CanceledException.class);
    assertThat(ctx.cause())
        .isInstanceOf(ClientGoneException.class)
        .hasMessage("the client is gone");
  }

  @Test
  @DisplayName(
      "W5 a client that resets its connection: the context is canceled with a cause that cleanup sees")
  void reset_handlerWaits_canceled() throws IOException {
    Wire wire = Wire.open(service.port).send("GET", "/on/never");
    Ctx ctx = started();
    wire.reset();
    assertGone(ctx);
    assertThat(causeAtCleanup).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(causeAtCleanup.join()).isInstanceOf(ClientGoneException.class);
  }

  @Test
  @DisplayName("W5 a client that closes its connection")
  void close_handlerWaits_canceled() throws IOException {
    Wire wire = Wire.open(service.port).send("GET", "/on/never");
    Ctx ctx = started();
    wire.close();
    assertGone(ctx);
  }

  @Test
  @DisplayName(
      "W5 a client that closes its half of the connection counts as gone with reactor-netty")
  void halfClose_handlerWaits_canceled() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/on/never")) {
      Ctx ctx = started();
      wire.socket.shutdownOutput();
      assertGone(ctx);
    }
  }

  @Test
  @DisplayName("W5 a client of which a body was not read that came with the head")
  void reset_bodyUnread_canceled() throws IOException {
    Wire wire = Wire.open(service.port)
        .write("POST /on/never HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n12345");
    Ctx ctx = started();
    wire.reset();
    assertGone(ctx);
  }

  @Test
  @DisplayName("W5 a client that leaves an event stream")
  void reset_eventStream_canceled() throws IOException {
    service.on("ticks", request -> {
      started.complete(CtxWeb.ctx(request));
      return ServerResponse.ok()
          .contentType(MediaType.TEXT_EVENT_STREAM)
          .body(Flux.interval(Duration.ofMillis(5)).onBackpressureDrop(), Long.class);
    });
    Wire wire = Wire.open(service.port).send("GET", "/on/ticks");
    assertThat(wire.line()).contains("200");
    wire.reset();
    assertGone(started());
  }

  @Test
  @DisplayName("W5 a client that leaves in the middle of a large response")
  void reset_responseHalfSent_canceled() throws IOException {
    much();
    Wire wire = Wire.open(service.port).send("GET", "/on/much");
    assertThat(wire.line()).contains("200");
    wire.reset();
    assertGone(started());
  }

  @Test
  @Tag("slow")
  @DisplayName("W7 a client that never reads is cut at the deadline")
  void neverReads_deadline_aborted() throws IOException {
    much();
    try (Wire wire =
        Wire.open(service.port).send("GET", "/on/much", "X-Request-Timeout-Ms: 3000")) {
      Ctx ctx = started();
      assertThat(begun).succeedsWithin(60, TimeUnit.SECONDS);
      service.advance(Duration.ofSeconds(3));
      service.awaitNothingLeft();
      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(wire.read().complete()).isFalse();
    }
  }

  @Test
  @DisplayName("W5 a client whose process is killed")
  void killed_handlerWaits_canceled() throws IOException {
    Process client = Frozen.start(service.port, "/on/never");
    Ctx ctx = started();
    client.destroyForcibly();
    assertGone(ctx);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  @DisplayName("W5 a client whose process is frozen is not noticed, and is cut at the deadline")
  void frozen_deadline_aborted() throws Exception {
    much();
    Process client = Frozen.start(service.port, "/on/much", "X-Request-Timeout-Ms: 3000");
    try {
      Ctx ctx = started();
      Frozen.freeze(client);
      assertThat(begun).succeedsWithin(60, TimeUnit.SECONDS);
      service.advance(Duration.ofSeconds(3));
      service.awaitNothingLeft();
      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    } finally {
      client.destroyForcibly();
    }
  }
}

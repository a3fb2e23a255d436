package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** A default, and a maximum, which a WebSocket outlives; on a clock that stands still. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WebSocketTest {
  private static final Duration DEFAULT = Duration.ofMinutes(1);

  private static Service service;

  private static Service service() {
    return Service.start(
        Service.MANUAL_TIME, "ctx4j.web.default-timeout=60s", "ctx4j.web.max-timeout=60s");
  }

  @BeforeAll
  static void start() {
    service = service();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
    service.logs.clear(); // of sockets that were aborted
  }

  private static SocketClient connect(Service service) throws Exception {
    return SocketClient.open(service.port, "/socket");
  }

  private static Ctx context(Service service) {
    return Objects.requireNonNull(service.bean(Service.Handlers.class).socket.get());
  }

  private static boolean isClosed(Ctx ctx) {
    return ctx.err() instanceof CanceledException canceled && canceled.isClosed();
  }

  @Test
  @Order(1) // what is logged of a socket that another test aborts may come while the next one runs
  @DisplayName(
      "W9 a WebSocket has a Ctx of its own without a deadline, closed with the client's close frame")
  void webSocket_deadlinePasses_goesOnUntilClosed() throws Exception {
    service.logs.reset(); // which another service of this class may have had since
    SocketClient socket = connect(service);
    socket.say("hello");
    service.advance(DEFAULT.multipliedBy(2));
    socket.say("still there");
    Ctx ctx = context(service);
    assertThat(service.bean(Service.Handlers.class).sameInSession).hasValue(true);
    assertThat(ctx).isNotSameAs(service.root());
    assertThat(ctx.isCancelable()).isTrue();
    assertThat(ctx.deadline()).isNull();
    assertThat(ctx.isDone()).isFalse();
    socket.close();
    Await.until(ctx::isDone, () -> "live: " + ctx);
    assertThat(isClosed(ctx)).as("%s", ctx.cause()).isTrue();
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  @Test
  @DisplayName("W9 it is closed when its handler completes")
  void webSocket_handlerCompletes_closed() throws Exception {
    SocketClient socket = connect(service);
    socket.say("hello");
    socket.send("stop");
    Ctx ctx = context(service);
    Await.until(ctx::isDone, () -> "live: " + ctx);
    assertThat(isClosed(ctx)).as("%s", ctx.cause()).isTrue();
  }

  @Test
  @DisplayName("W9 and canceled with a cause that says so when the connection ends first")
  void webSocket_connectionEnds_clientGone() throws Exception {
    SocketClient socket = connect(service);
    socket.say("hello");
    Ctx ctx = context(service);
    socket.abort();
    Await.until(ctx::isDone, () -> "live: " + ctx);
    assertThat(ctx.cause()).isInstanceOf(ClientGoneException.class);
  }

  @Test
  @DisplayName("W7 W9 at shutdown it is closed with 1001, also where all else goes on")
  void webSocket_shutdown_goingAway() throws Exception {
    for (boolean streamsAlone : new boolean[] {true, false}) {
      try (Service service = service()) {
        SocketClient socket = connect(service);
        socket.say("hello");
        if (streamsAlone) {
          service.live().endStreams(new ShutdownException());
        } else {
          service.root().cancel(new ShutdownException());
        }
        assertThat(socket.awaitClosed()).isEqualTo(1001);
        assertThat(context(service).cause()).isInstanceOf(ShutdownException.class);
        Await.until(
            () -> service.root().tree().lines().count() <= 1,
            () -> service.root().tree());
        assertThat(service.root().isDone()).isEqualTo(!streamsAlone);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Upgrade: websocket", "Upgrade: WebSocket, foo", "Upgrade: h2c"})
  @DisplayName(
      "W9 a header that leads to no upgrade takes no deadline off, and the handler has the exchange's")
  void upgradeHeader_noWebSocket_deadline(String upgrade) throws IOException {
    service.on("never", request -> Mono.never());
    service.on(
        "left",
        request ->
            ServerResponse.ok().bodyValue(String.valueOf(CtxWeb.ctx(request).deadline() != null)));
    String[] headers = {"Connection: Upgrade", upgrade};
    try (Wire wire = Wire.open(service.port).send("GET", "/on/never", headers)) {
      service.awaitLive(1);
      service.advance(DEFAULT);
      assertThat(wire.read().status()).isEqualTo(504);
    }
    assertThat(Wire.get(service.port, "/on/left", headers).body()).isEqualTo("true");
    assertThat(Wire.get(service.port, "/annotated/ctx", headers).body())
        .contains("parameter=true exchange=true deadline=true");
  }

  @Test
  @DisplayName("W9 nor does a method, or a handshake that is not one")
  void connectMethod_noWebSocket_deadline() throws IOException {
    service.on("never", request -> Mono.never());
    try (Wire wire = Wire.open(service.port).send("CONNECT", "/on/never")) {
      service.awaitLive(1);
      service.advance(DEFAULT);
      assertThat(wire.read().status()).isEqualTo(504);
    }
    assertThat(Wire.get(service.port, "/socket").status()).isBetween(400, 499);
    service.awaitNothingLeft();
  }

  @SuppressWarnings("NullAway") // as whoever leaves a mock unprepared
  private static Mono<Void> nothing() {
    return null;
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "null", "subscription", "message", "error", "failed call"})
  @DisplayName(
      "W7 W9 a handler that throws, whatever and wherever: nothing is left, and no client waits")
  void webSocket_handlerThrows_closedAndNothingLeft(String where) throws Exception {
    var fatal = new NoClassDefFoundError("on purpose");
    service.onSocket(where, session -> switch (where) {
      case "call" -> throw fatal;
      case "failed call" -> throw new IllegalStateException("on purpose");
      case "null" -> nothing();
      case "subscription" ->
        Mono.defer(() -> {
          throw fatal;
        });
      case "message" ->
        session
            .receive()
            .doOnNext(message -> {
              throw fatal;
            })
            .then();
      default -> Mono.error(new IllegalStateException("on purpose"));
    });
    for (int i = 0; i < 3; i++) {
      SocketClient socket =
          SocketClient.open(service.port, "/sockets/" + where.replace(" ", "%20"));
      if (where.equals("message")) {
        socket.send("hello");
      }
      socket.awaitClosed();
      service.awaitNothingLeft();
    }
  }
}

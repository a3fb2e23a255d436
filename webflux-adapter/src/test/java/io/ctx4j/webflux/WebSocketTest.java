package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A default, and a maximum, which a WebSocket outlives. */
class WebSocketTest {
  private static Service service;
  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    service = Service.start("ctx4j.web.default-timeout=1s", "ctx4j.web.max-timeout=1s");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    Await.until(
        () -> service.live().size() == 0, () -> "live: " + service.live().all());
  }

  private WebSocket connect(Service service) throws Exception {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .header("X-Request-Timeout-Ms", "1000")
        .buildAsync(
            URI.create("ws://127.0.0.1:" + service.port + "/socket"), new WebSocket.Listener() {
              private final StringBuilder parts = new StringBuilder();

              @Override
              public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                parts.append(text);
                if (last) {
                  heard.add(parts.toString());
                  parts.setLength(0);
                }
                return WebSocket.Listener.super.onText(socket, text, last);
              }

              @Override
              public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                ended.complete(null);
                return WebSocket.Listener.super.onClose(socket, status, reason);
              }

              @Override
              public void onError(WebSocket socket, @Nullable Throwable error) {
                ended.complete(null);
              }
            })
        .get(60, TimeUnit.SECONDS);
  }

  private static Ctx context(Service service) {
    return Objects.requireNonNull(service.bean(Service.Handlers.class).socket.get());
  }

  @Test
  @DisplayName("W9 a WebSocket has no deadline, whatever its handshake asked for")
  void webSocket_deadlinePasses_goesOn() throws Exception {
    WebSocket socket = connect(service);
    long start = System.nanoTime();
    while (System.nanoTime() - start < 1_500_000_000L) {
      socket.sendText("still there", true).get(60, TimeUnit.SECONDS);
      assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("still there");
    }
    Ctx ctx = context(service);
    assertThat(ctx.deadline()).isNull();
    assertThat(ctx.isDone()).isFalse();
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(60, TimeUnit.SECONDS);
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  @Test
  @DisplayName("W9 a request that only says that it is one keeps its deadline")
  void upgradeHeader_noWebSocket_504() throws IOException {
    service.on("never", request -> Mono.never());
    assertThat(Wire.get(service.port, "/on/never", "Connection: Upgrade", "Upgrade: websocket")
            .status())
        .isEqualTo(504);
    service.awaitNothingLeft();
  }

  @Test
  @DisplayName("W7 a WebSocket's context ends with the service")
  void webSocket_shutdown_contextDone() throws Exception {
    try (Service other = Service.start("ctx4j.web.default-timeout=10s")) {
      connect(other).sendText("hello", true).get(60, TimeUnit.SECONDS);
      assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("hello");
      other.root().cancel(new ShutdownException());
      assertThat(ended).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(context(other).cause()).isInstanceOf(ShutdownException.class);
    }
  }
}

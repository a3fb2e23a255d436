package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The other end of a service's WebSocket: what it has heard, and how it was closed. */
final class SocketClient implements WebSocket.Listener {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int GUARD_SECONDS = 60;

  final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();

  /** The status that came; 0: the connection ended without. */
  final CompletableFuture<Integer> closed = new CompletableFuture<>();

  private final StringBuilder parts = new StringBuilder();
  private @Nullable WebSocket socket;

  private SocketClient() {}

  static SocketClient open(int port, String path) throws Exception {
    var client = new SocketClient();
    client.socket = CLIENT
        .newWebSocketBuilder()
        .header("X-Request-Timeout-Ms", "60000")
        .buildAsync(URI.create("ws://127.0.0.1:" + port + path), client)
        .get(GUARD_SECONDS, TimeUnit.SECONDS);
    return client;
  }

  private WebSocket socket() {
    return Objects.requireNonNull(socket);
  }

  void send(String text) throws Exception {
    socket().sendText(text, true).get(GUARD_SECONDS, TimeUnit.SECONDS);
  }

  /** Says something to who speaks as it is spoken to. */
  void say(String text) throws Exception {
    send(text);
    assertThat(heard.poll(GUARD_SECONDS, TimeUnit.SECONDS)).isEqualTo(text);
  }

  /** Sends its close frame. */
  void close() throws Exception {
    socket().sendClose(WebSocket.NORMAL_CLOSURE, "").get(GUARD_SECONDS, TimeUnit.SECONDS);
  }

  /** Leaves without a word. */
  void abort() {
    socket().abort();
  }

  int awaitClosed() {
    assertThat(closed).succeedsWithin(GUARD_SECONDS, TimeUnit.SECONDS);
    return closed.join();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
    parts.append(text);
    if (last) {
      heard.add(parts.toString());
      parts.setLength(0);
    }
    return WebSocket.Listener.super.onText(socket, text, last);
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
    closed.complete(status);
    return WebSocket.Listener.super.onClose(socket, status, reason);
  }

  @Override
  public void onError(WebSocket socket, @Nullable Throwable error) {
    closed.complete(0);
  }
}

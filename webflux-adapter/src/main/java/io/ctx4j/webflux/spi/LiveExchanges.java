package io.ctx4j.webflux.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The exchanges in flight, and the WebSockets that are open. */
public final class LiveExchanges {
  private final Set<LiveExchange> live = ConcurrentHashMap.newKeySet();
  private final Set<LiveSocket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean awaited;
  private volatile @Nullable Throwable streamsEnd;

  /** None yet. */
  public LiveExchanges() {}

  /** One begins. */
  public void add(LiveExchange exchange) {
    live.add(exchange);
  }

  /** It has ended. */
  public void remove(LiveExchange exchange) {
    live.remove(exchange);
    left();
  }

  /** One has been upgraded. */
  public void add(LiveSocket socket) {
    sockets.add(socket);
    Throwable cause = streamsEnd;
    if (cause != null) {
      socket.end(cause);
    }
  }

  /** It has ended. */
  public void remove(LiveSocket socket) {
    sockets.remove(socket);
    left();
  }

  /** Ends event streams and WebSockets, also those that begin after this; all others go on. */
  public void endStreams(Throwable cause) {
    streamsEnd = cause;
    live.forEach(exchange -> exchange.endStream(cause));
    sockets.forEach(socket -> socket.end(cause));
  }

  /** Why an event stream that begins is to end at once; null: it is not. */
  public @Nullable Throwable streamsEnd() {
    return streamsEnd;
  }

  private void left() {
    if (awaited && isEmpty()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  private boolean isEmpty() {
    return live.isEmpty() && sockets.isEmpty();
  }

  /** All, as they come and go. */
  public Collection<LiveExchange> all() {
    return Collections.unmodifiableSet(live);
  }

  /** How many exchanges there are. */
  public int size() {
    return live.size();
  }

  /** Waits until there is neither, or as long as that. */
  public void awaitNone(Duration atMost) throws InterruptedException {
    awaited = true;
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (this) {
      long left = atMost.toMillis();
      while (!isEmpty() && left > 0) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
  }
}

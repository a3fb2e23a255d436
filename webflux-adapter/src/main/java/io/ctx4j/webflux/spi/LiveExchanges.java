package io.ctx4j.webflux.spi;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The exchanges in flight, and the WebSockets that are open. */
public final class LiveExchanges {
  private final Set<LiveExchange> live = ConcurrentHashMap.newKeySet();
  private final Set<LiveSocket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger signaling = new AtomicInteger();
  private volatile boolean awaited;
  private volatile @Nullable Throwable streamsEnd;
  private volatile @Nullable Throwable stopped;

  /** None yet. */
  public LiveExchanges() {}

  /** One begins. */
  public void add(LiveExchange exchange) {
    live.add(exchange);
    Throwable cause = stopped;
    if (cause != null) {
      end(exchange, cause);
    }
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

  /** Ends all, also those that begin after this, until the service starts again. */
  public void stop(Throwable cause) {
    stopped = cause; // first: what begins meanwhile looks
    endStreams(cause);
    live.forEach(exchange -> end(exchange, cause));
  }

  private static void end(LiveExchange exchange, Throwable cause) {
    for (Ctx own : exchange.own()) {
      if (own instanceof CancelCtx ctx) {
        ctx.cancel(cause);
      }
    }
  }

  /** What begins from here on goes on, as before a stop. */
  public void start() {
    stopped = null;
    streamsEnd = null;
    awaited = false;
  }

  /**
   * They are going to be ended, and {@link #awaitNone} will wait for those that are from here on.
   */
  public void closing() {
    awaited = true;
  }

  /**
   * The server is about to be signaled how an exchange has ended; before that is removed.
   *
   * @return true: somebody waits until it has been, which {@link #signaled} is to say
   */
  public boolean signaling() {
    if (!awaited) {
      return false;
    }
    signaling.incrementAndGet();
    return true;
  }

  /** The server has been signaled the end, and has written what it had to. */
  public void signaled() {
    signaling.decrementAndGet();
    left();
  }

  private void left() {
    if (awaited && isEmpty()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  private boolean isEmpty() {
    // in this order: what is removed is being signaled by then
    return live.isEmpty() && sockets.isEmpty() && signaling.get() == 0;
  }

  /** All, as they come and go. */
  public Collection<LiveExchange> all() {
    return Collections.unmodifiableSet(live);
  }

  /** How many exchanges there are. */
  public int size() {
    return live.size();
  }

  /** Waits until there is neither, and their servers know that, or as long as that. */
  public void awaitNone(Duration atMost) throws InterruptedException {
    closing();
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

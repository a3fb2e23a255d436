package io.ctx4j.webflux.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The exchanges in flight. */
public final class LiveExchanges {
  private final Set<LiveExchange> live = ConcurrentHashMap.newKeySet();
  private volatile boolean awaited;

  /** None yet. */
  public LiveExchanges() {}

  /** One begins. */
  public void add(LiveExchange exchange) {
    live.add(exchange);
  }

  /** It has ended. */
  public void remove(LiveExchange exchange) {
    live.remove(exchange);
    if (awaited && live.isEmpty()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /** All, as they come and go. */
  public Collection<LiveExchange> all() {
    return Collections.unmodifiableSet(live);
  }

  /** How many there are. */
  public int size() {
    return live.size();
  }

  /** Waits until there is none, or as long as that. */
  public void awaitNone(Duration atMost) throws InterruptedException {
    awaited = true;
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (this) {
      long left = atMost.toMillis();
      while (!live.isEmpty() && left > 0) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
  }
}

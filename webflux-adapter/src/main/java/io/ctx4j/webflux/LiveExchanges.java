package io.ctx4j.webflux;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The exchanges in flight. */
final class LiveExchanges {
  private final Set<Exchange> live = ConcurrentHashMap.newKeySet();
  private volatile boolean awaited;

  void add(Exchange exchange) {
    live.add(exchange);
  }

  void remove(Exchange exchange) {
    live.remove(exchange);
    if (awaited && live.isEmpty()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  Collection<Exchange> all() {
    return live;
  }

  int size() {
    return live.size();
  }

  /** Waits until there is none, or as long as that. */
  synchronized void awaitNone(Duration atMost) throws InterruptedException {
    awaited = true;
    long end = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (!live.isEmpty() && left > 0) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
  }
}

package io.ctx4j.stress;

import java.util.concurrent.atomic.AtomicInteger;

/** A callback that counts its runs. */
final class Counted implements Runnable {
  private final AtomicInteger runs = new AtomicInteger();

  @Override
  public void run() {
    runs.incrementAndGet();
  }

  int runs() {
    return runs.get();
  }
}

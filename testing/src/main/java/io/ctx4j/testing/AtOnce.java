package io.ctx4j.testing;

import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two things at once: a smoke test of a race; jcstress is the proof. Whoever has lost its core is
 * waited for asleep.
 */
public final class AtOnce {
  private AtOnce() {}

  /**
   * Runs them on two threads, of which this is one, whichever gets it; returns when both have run.
   */
  public static void run(Runnable one, Runnable two) {
    boolean first = ThreadLocalRandom.current().nextBoolean();
    Runnable here = first ? one : two;
    Runnable there = first ? two : one;
    var arrived = new AtomicInteger();
    Future<?> other = Threads.start(() -> run(arrived, there));
    run(arrived, here);
    Threads.join(other);
  }

  private static void run(AtomicInteger arrived, Runnable body) {
    arrived.incrementAndGet();
    for (int spins = 0; arrived.get() < 2; spins++) {
      Threads.pause(spins);
    }
    // mostly close to each other, and sometimes so far apart that the longer of two ways is first
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = random.nextInt(1 << random.nextInt(14)); i > 0; i--) {
      Thread.onSpinWait();
    }
    body.run();
  }
}

package io.ctx4j.testing;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Two things at once: a smoke test of a race; jcstress is the proof. Whoever has lost its core is waited for asleep. */
public final class AtOnce {
  private static final int GUARD_SECONDS = 60;

  private static final ExecutorService OTHERS = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "test-at-once");
    thread.setDaemon(true);
    return thread;
  });

  private AtOnce() {}

  /** Runs them on two threads, of which this is one, whichever gets it; returns when both have run. */
  public static void run(Runnable one, Runnable two) {
    boolean first = ThreadLocalRandom.current().nextBoolean();
    Runnable here = first ? one : two;
    Runnable there = first ? two : one;
    var arrived = new AtomicInteger();
    Future<?> other = OTHERS.submit(() -> run(arrived, there));
    run(arrived, here);
    try {
      other.get(GUARD_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("stuck", e);
    }
  }

  private static void run(AtomicInteger arrived, Runnable body) {
    arrived.incrementAndGet();
    for (int spins = 0; arrived.get() < 2; spins++) {
      if (spins < 1_000) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(20_000);
      }
    }
    // mostly close to each other, and sometimes so far apart that the longer of two ways comes
    // first
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = random.nextInt(1 << random.nextInt(14)); i > 0; i--) {
      Thread.onSpinWait();
    }
    body.run();
  }
}

package io.ctx4j.rxjava3;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Other threads for tests, and waiting for them with a stuck guard. */
final class Threads {
  static final long STUCK_SECONDS = 30;

  private static final ExecutorService POOL = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "test");
    thread.setDaemon(true);
    return thread;
  });

  private Threads() {}

  static Future<?> start(Runnable body) {
    return POOL.submit(body);
  }

  static void elsewhere(Runnable body) {
    join(start(body));
  }

  static void join(Future<?> running) {
    try {
      running.get(STUCK_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("stuck", e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  static void await(CountDownLatch latch) {
    try {
      if (!latch.await(STUCK_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("stuck");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits for what nothing announces. */
  static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    for (int spins = 0; !condition.getAsBoolean(); spins++) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(STUCK_SECONDS)) {
        throw new AssertionError("stuck");
      }
      pause(spins);
    }
  }

  static void pause(int spins) {
    if (spins < 300) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(1_000);
    }
  }
}

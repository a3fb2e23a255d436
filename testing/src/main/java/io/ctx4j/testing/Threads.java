package io.ctx4j.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Other threads for tests, and waiting for them with a stuck guard. */
public final class Threads {
  public static final long STUCK_SECONDS = 30;

  private static final ExecutorService POOL = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "test");
    thread.setDaemon(true);
    return thread;
  });

  private Threads() {}

  public static Future<?> start(Runnable body) {
    return POOL.submit(body);
  }

  /**
   * Runs the body on another thread and waits for it: it gets stuck on any lock of the caller's.
   */
  public static void elsewhere(Runnable body) {
    join(start(body));
  }

  /** Runs the bodies at once, each on a thread of its own, and waits for all. */
  public static void race(Runnable... bodies) {
    var waiting = new AtomicInteger(bodies.length);
    List<Future<?>> running = new ArrayList<>();
    for (Runnable body : bodies) {
      int head = ThreadLocalRandom.current().nextInt(200);
      running.add(start(() -> {
        waiting.decrementAndGet();
        for (int spins = 0; waiting.get() > 0; spins++) {
          pause(spins);
        }
        for (int i = 0; i < head; i++) {
          Thread.onSpinWait();
        }
        body.run();
      }));
    }
    running.forEach(Threads::join);
  }

  /** Has the body put in place for another thread; again where it was too late and ran here. */
  public static void onTheirThread(Consumer<Runnable> foreign, Runnable body) {
    Thread here = Thread.currentThread();
    var tooLate = new AtomicBoolean();
    do {
      tooLate.set(false);
      foreign.accept(() -> {
        if (Thread.currentThread() == here) {
          tooLate.set(true);
        } else {
          body.run();
        }
      });
    } while (tooLate.get());
  }

  public static void join(Future<?> running) {
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

  public static void await(CountDownLatch latch) {
    try {
      if (!latch.await(STUCK_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("stuck");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits for what nothing announces. */
  public static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    for (int spins = 0; !condition.getAsBoolean(); spins++) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(STUCK_SECONDS)) {
        throw new AssertionError("stuck");
      }
      pause(spins);
    }
  }

  /** Waits a little, at first awake: whoever has lost its core does not get it back by that. */
  public static void pause(int spins) {
    if (spins < 1_000) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(20_000);
    }
  }
}

package io.ctx4j.testing;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Asks until something is so; the limit is a guard against a hang, not a measure. */
public final class Await {
  private static final long GUARD_NANOS = 60_000_000_000L;

  private Await() {}

  public static void until(BooleanSupplier condition, Supplier<String> otherwise) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > GUARD_NANOS) {
        throw new AssertionError("still not so: " + otherwise.get());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /**
   * Tries with a timeout that is longer each time, until it was long enough: on a machine that
   * stalls, a short one has passed before what it is to end has begun.
   */
  public static <X extends Exception> void longEnough(long firstMillis, Attempt<X> attempt)
      throws X {
    long millis = firstMillis;
    while (!attempt.isLongEnough(millis)) {
      if (millis * 1_000_000 > GUARD_NANOS) {
        throw new AssertionError("not even " + millis + " ms are long enough");
      }
      millis *= 4;
    }
  }

  /** What a test does within a timeout. */
  public interface Attempt<X extends Exception> {
    /**
     * Returns false where the timeout has passed too soon: then nothing is said about what is
     * tested.
     */
    boolean isLongEnough(long millis) throws X;
  }
}

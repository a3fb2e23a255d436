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
}

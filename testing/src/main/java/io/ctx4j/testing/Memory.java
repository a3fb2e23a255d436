package io.ctx4j.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** What the collector finds. */
public final class Memory {
  private Memory() {}

  /** A weak reference to what the supplier returns, of which its frame held the only strong one. */
  public static <T> WeakReference<T> weak(Supplier<T> supplier) {
    return new WeakReference<>(supplier.get());
  }

  public static boolean isCollected(WeakReference<?> ref) {
    for (int i = 0; i < 10 && !ref.refersTo(null); i++) {
      System.gc();
    }
    return ref.refersTo(null);
  }

  /** Bytes in use, after as much collection as changes anything. */
  public static long used() {
    // total less free memory are two readings, between which the heap may shrink
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      used = Math.min(used, memory.getHeapMemoryUsage().getUsed());
    }
    return used;
  }

  /** A callback of an identity of its own, for a weak reference to it. */
  public static Runnable callback() {
    var own = new CountDownLatch(1);
    return own::countDown;
  }
}

package io.ctx4j;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The stripes of one node's register: threads register in different ones, so that they do not meet. */
final class Stripes {
  /** A power of two: some four times as many as threads run at a time, so that two seldom meet. */
  private static final int COUNT =
      Integer.highestOneBit(4 * Math.min(32, Runtime.getRuntime().availableProcessors()));

  private final AtomicReferenceArray<@Nullable Stripe> stripes;

  Stripes() {
    this(COUNT);
  }

  /** With one stripe all threads meet in it, for tests. */
  Stripes(int count) {
    stripes = new AtomicReferenceArray<>(count);
  }

  /** The thread's stripe; null: nobody has registered there yet. */
  @Nullable Stripe of(Thread thread) {
    return stripes.get(index(thread));
  }

  /** With the node's monitor held. */
  void set(Thread thread, Stripe stripe) {
    stripes.set(index(thread), stripe);
  }

  private int index(Thread thread) {
    return (int) thread.getId() & (stripes.length() - 1); // a pool's were made one after the other
  }
}

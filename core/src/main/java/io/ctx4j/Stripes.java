package io.ctx4j;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Some of a kind, of which each thread uses the same one every time: so threads that run at a time
 * seldom meet.
 *
 * <p>All threads read this, and each writes to its element, whose lock is the first word of it.
 * Where that stands right behind the array, as a collector puts it, each write takes the cache line
 * from all who read: two threads were seen to get done half as much. So the array goes on for two
 * lines behind what is used of it.
 */
final class Stripes<E> {
  /** References in 128 bytes; processors fetch lines in pairs. */
  private static final int PADDING = 32;

  private final AtomicReferenceArray<@Nullable E> elements;
  private final int count;

  /**
   * Makes one without elements.
   *
   * @param count a power of two; one: all threads meet
   */
  Stripes(int count) {
    this.count = count;
    elements = new AtomicReferenceArray<>(count + PADDING);
  }

  /**
   * A power of two, some four times as many as threads run at a time, for so many processors at
   * most.
   */
  static int countFor(int processors) {
    return Integer.highestOneBit(
        4 * Math.min(processors, Runtime.getRuntime().availableProcessors()));
  }

  /** Tells threads apart that run at a time: those of a pool were made one after the other. */
  static int index(Thread thread) {
    return (int) thread.getId();
  }

  int count() {
    return count;
  }

  /** Of an index, only as many bits count as there are elements. */
  @Nullable E get(int index) {
    return elements.get(index & (count - 1));
  }

  void set(int index, E element) {
    elements.set(index & (count - 1), element);
  }
}

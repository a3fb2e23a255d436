package io.ctx4j;

import org.jspecify.annotations.Nullable;

/**
 * A part of the pending deadlines, for a few of the threads: a {@link TimerWheel} under a monitor
 * of its own.
 *
 * <p>A deadline stays with the stripe of the thread that made it ({@link TimedNode#stripe}), so
 * that threads neither wait for each other as they add and take off, nor write to what the others
 * read.
 */
final class TimerStripe {
  private final TimerWheel wheel;

  /** Whether any was added since the timer looked last. */
  private boolean added;

  /** The stripes are not to share a cache line, whoever moves them together. */
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10;

  TimerStripe(long originNanos) {
    wheel = new TimerWheel(originNanos);
  }

  /**
   * Puts it into the wheel.
   *
   * @param wakeTick when the timer looks next
   * @return when it must
   */
  synchronized long add(TimedNode entry, long wakeTick) {
    added = true;
    if (wheel.startOf(entry) < wakeTick) {
      // perhaps only because the wheel stands as when the timer looked last
      long now = wheel.ticksAt(System.nanoTime());
      if (wheel.tick() < now && now < wheel.nextStart()) {
        wheel.turnTo(now);
      }
    }
    return wheel.insert(entry);
  }

  synchronized boolean remove(TimedNode entry) {
    return wheel.remove(entry);
  }

  /** As {@link TimerWheel#advance}. */
  synchronized @Nullable TimedNode advance(long now) {
    return wheel.advance(now);
  }

  /** When there is something to be done next; {@link Long#MAX_VALUE}: nothing is in it. */
  synchronized long nextStart() {
    return wheel.nextStart();
  }

  /** Whether any was added since this was asked last. */
  synchronized boolean takeAdded() {
    boolean taken = added;
    added = false;
    return taken;
  }
}

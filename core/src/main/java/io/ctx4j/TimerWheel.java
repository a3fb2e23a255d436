package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A hierarchical timing wheel: the pending deadlines, by when they are due.
 *
 * <p>It has eight levels of 64 lists, of which the first holds a tick of 0.26 ms each and every
 * other one 64 times the one before. A deadline stands in the level of the highest digit, to the
 * base of 64, in which its tick differs from the wheel's, and comes a level down when the wheel
 * reaches its list. Adding one and taking one off are a few steps however many there are, the list
 * that it stands in follows from its time and the wheel's, and the links are its own, so that
 * nothing else is stored for it. A list that is come to is gone through in one hold: 400,000
 * deadlines of the same minute are some milliseconds, once.
 *
 * <pre>
 *   wheel's tick   3 12 05    a deadline at  3 12 40 is in level 0, list 40: fires when that is come to
 *   (base 64)                                3 14 02       level 1, list 14: level 0 when 3 14 00 is come to
 *                                            5 00 00       level 2, list  5
 * </pre>
 *
 * <p>Ticks are rounded up: never early. Not safe for several threads: {@link TimerStripe} guards
 * it.
 *
 * @see <a href="https://doi.org/10.1109/90.650142">Varghese and Lauck, Hashed and Hierarchical
 *     Timing Wheels</a>, of which this is the seventh scheme
 */
final class TimerWheel {
  private static final int TICK_BITS = 18;
  private static final int LEVEL_BITS = 6;
  private static final int LEVELS = 8; // ticks have 63 - 18 bits
  private static final int LISTS = 1 << LEVEL_BITS;

  /** Where those stand whose tick is not ahead of the wheel's. */
  private static final int DUE = LEVELS * LISTS;

  /** Ticks count from here, so that they are positive and do not wrap in our time. */
  private final long originNanos;

  private final @Nullable TimedNode[] lists = new TimedNode[DUE + 1];

  /**
   * For each level, which of its lists hold anything; and as much again, to keep another wheel's
   * off the cache line.
   */
  private final long[] used = new long[2 * LEVELS];

  /** Every list in use is ahead of it, and none that is not ahead of now is passed over. */
  private long tick;

  TimerWheel(long originNanos) {
    this.originNanos = originNanos;
  }

  /** How many ticks are over at that time. */
  long ticksAt(long nanos) {
    return ticks(nanos - originNanos);
  }

  /** How many ticks are over in so long a time. */
  static long ticks(long nanos) {
    return nanos >> TICK_BITS;
  }

  static long nanos(long ticks) {
    return ticks << TICK_BITS;
  }

  long tick() {
    return tick;
  }

  /** Puts the wheel on without coming to any list: there is none in use up to there. */
  void turnTo(long tick) {
    this.tick = tick;
  }

  /** When the wheel comes to the list in which the entry stands or is to stand. */
  long startOf(TimedNode entry) {
    return startOf(listOf(entry));
  }

  /** When the wheel comes to the next list in use; {@link Long#MAX_VALUE}: there is none. */
  long nextStart() {
    int next = next();
    return next < 0 ? Long.MAX_VALUE : startOf(next);
  }

  /** Puts it into its list, and returns when the wheel comes to that. */
  long insert(TimedNode entry) {
    int list = listOf(entry);
    TimedNode first = lists[list];
    entry.later = first;
    if (first != null) {
      first.earlier = entry;
    } else if (list != DUE) {
      used[list >>> LEVEL_BITS] |= 1L << list;
    }
    lists[list] = entry;
    return startOf(list);
  }

  /** Takes it off; false: it is not here. */
  boolean remove(TimedNode entry) {
    int list = listOf(entry);
    TimedNode earlier = entry.earlier;
    TimedNode later = entry.later;
    if (earlier != null) {
      earlier.later = later;
    } else if (lists[list] != entry) {
      return false;
    } else {
      lists[list] = later;
      if (later == null && list != DUE) {
        used[list >>> LEVEL_BITS] &= ~(1L << list);
      }
    }
    if (later != null) {
      later.earlier = earlier;
    }
    entry.earlier = null;
    entry.later = null;
    return true;
  }

  /**
   * Moves the wheel to the tick, and takes off what is due by then.
   *
   * @return the first of a chain by {@link TimedNode#later}: whoever takes it needs no memory (C40)
   */
  @Nullable TimedNode advance(long now) {
    TimedNode due = null;
    TimedNode last = null;
    for (int list = next(); list >= 0 && startOf(list) <= now; list = next()) {
      tick = startOf(list);
      TimedNode first = lists[list];
      lists[list] = null;
      if (list != DUE) {
        used[list >>> LEVEL_BITS] &= ~(1L << list);
      }
      for (TimedNode entry = first; entry != null; ) {
        TimedNode later = entry.later;
        entry.earlier = null;
        entry.later = null;
        if (listOf(entry) != DUE) {
          insert(entry);
        } else {
          if (last == null) {
            due = entry;
          } else {
            last.later = entry;
          }
          last = entry;
        }
        entry = later;
      }
    }
    tick = Math.max(tick, now);
    return due;
  }

  /** Chains one behind the other; null: none. */
  static @Nullable TimedNode join(@Nullable TimedNode first, @Nullable TimedNode second) {
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    TimedNode last = first;
    while (last.later != null) {
      last = last.later;
    }
    last.later = second;
    return first;
  }

  /**
   * Sorts a chain by time, by merging ever longer runs. In a list they stand as they came; but a
   * context that is due before its parent ends by its own deadline.
   */
  static TimedNode sort(TimedNode chain) {
    TimedNode from = chain;
    for (int width = 1; ; width *= 2) {
      TimedNode first = null;
      TimedNode last = null;
      int runs = 0;
      for (TimedNode rest = from; rest != null; runs += 2) {
        TimedNode left = rest;
        TimedNode right = left;
        int lefts = 0;
        for (; lefts < width && right != null; lefts++) {
          right = right.later;
        }
        int rights = width;
        while (lefts > 0 || (rights > 0 && right != null)) {
          boolean noRight = rights == 0 || right == null;
          TimedNode next;
          if (lefts > 0 && (noRight || isNotAfter(requireNonNull(left), requireNonNull(right)))) {
            next = requireNonNull(left);
            left = next.later;
            lefts--;
          } else {
            next = requireNonNull(right);
            right = next.later;
            rights--;
          }
          if (last == null) {
            first = next;
          } else {
            last.later = next;
          }
          last = next;
        }
        rest = right;
      }
      requireNonNull(last).later = null;
      from = requireNonNull(first);
      if (runs <= 2) {
        return from;
      }
    }
  }

  private static boolean isNotAfter(TimedNode one, TimedNode other) {
    return one.nanos() - other.nanos() <= 0;
  }

  /**
   * Where the entry stands or is to stand. It is the same list until the wheel comes to it: up to
   * there the digits of the wheel's tick above the entry's level stay, and the one in it stays
   * lower.
   */
  private int listOf(TimedNode entry) {
    long due = ((entry.nanos() - originNanos - 1) >> TICK_BITS) + 1;
    if (due <= tick) {
      return DUE;
    }
    int level = (63 - Long.numberOfLeadingZeros(due ^ tick)) / LEVEL_BITS;
    return (level << LEVEL_BITS) + (int) ((due >>> (level * LEVEL_BITS)) & (LISTS - 1));
  }

  /** The tick at which the wheel comes to the list. */
  private long startOf(int list) {
    if (list == DUE) {
      return tick;
    }
    int shift = (list >>> LEVEL_BITS) * LEVEL_BITS;
    long above = (tick >> (shift + LEVEL_BITS)) << LEVEL_BITS;
    return (above + (list & (LISTS - 1))) << shift;
  }

  /** The next list that holds anything: the lower a level, the sooner. */
  private int next() {
    if (lists[DUE] != null) {
      return DUE;
    }
    for (int level = 0; level < LEVELS; level++) {
      if (used[level] != 0) {
        return (level << LEVEL_BITS) + Long.numberOfTrailingZeros(used[level]);
      }
    }
    return -1;
  }
}

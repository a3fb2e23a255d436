package io.ctx4j;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Arrays;

/**
 * Reaches what no user may: a timer like the system's, in place of whose thread stands one that is
 * never started.
 */
public final class IdleTimer {
  private static final Field THREAD;

  static {
    try {
      THREAD = SystemTime.class.getDeclaredField("thread");
      THREAD.setAccessible(true);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SystemTime time;
  private final TimedNode[] entries;

  /**
   * Makes one, and contexts that are not added yet.
   *
   * @param timeouts of these, from now
   */
  public IdleTimer(int stripes, Duration... timeouts) {
    time = new SystemTime(System.nanoTime(), stripes);
    try {
      THREAD.set(time, new Thread(() -> {}));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
    entries = new TimedNode[timeouts.length];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = new TimedNode(DeadlinePath.after(Handle.BACKGROUND.path, timeouts[i]));
    }
  }

  public void add(int i) {
    time.add(entries[i]);
  }

  public boolean remove(int i) {
    return time.remove(entries[i]);
  }

  /** What the thread does so long after this was made, but that none expires. */
  public void run(Duration after) {
    time.takeDue(TimerWheel.ticks(after.toNanos()));
  }

  /** Whether the thread wakes before the next is due. */
  public boolean wakesInTime() {
    long next = Long.MAX_VALUE;
    for (int i = 0; i < time.stripes.count(); i++) {
      next = Math.min(next, time.stripe(i).nextStart());
    }
    return time.wakeTick <= next;
  }

  /** Takes off all, whenever they are due. */
  public boolean[] takeAll() {
    var taken = new boolean[entries.length];
    for (int i = 0; i < time.stripes.count(); i++) {
      TimedNode next = time.stripe(i).advance(Long.MAX_VALUE >> 20);
      for (TimedNode entry = next; entry != null; entry = next) {
        taken[Arrays.asList(entries).indexOf(entry)] = true;
        next = entry.later;
        entry.later = null;
      }
    }
    return taken;
  }
}

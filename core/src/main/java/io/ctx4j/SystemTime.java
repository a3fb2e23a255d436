package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's clocks and one timer thread.
 *
 * <p>The pending deadlines stand in a {@link TimerWheel}, guarded by this monitor. None fires early, and
 * late by no more than a tick and what the machine adds. The thread parks until the next list that has
 * anything, so nothing ticks; a deadline that is taken off does not wake it, one that comes sooner does.
 * It keeps to the time for which it was woken: were it to look at once and see that deadline gone, the
 * next one would wake it again. With nothing pending it ends.
 *
 * <p>No foreign code runs on the timer thread (C19): it takes all that is due in one hold of the
 * monitor, marks the contexts done, which is ours, and hands the rest to the {@link CallbackWorkers}.
 */
final class SystemTime implements TimeSource {
  private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;
  private static final Duration MAX_DELAY = Duration.ofDays(36_500);

  static final SystemTime INSTANCE =
      new SystemTime(System.nanoTime()); // after the constants that it takes

  private final CallbackWorkers workers =
      new CallbackWorkers(task -> newThread(task, "ctx4j-worker"));

  /** Of the contexts that stand for scheduled tasks. */
  private final Path root = new Path.Root("system", this);

  final TimerWheel wheel;
  private @Nullable Thread thread;

  /** When the thread will look by itself; no list in use is before it. */
  private long wakeTick;

  /** Whether nothing was pending when it looked last, nor came since. */
  private boolean idle;

  SystemTime(long originNanos) {
    this.wheel = new TimerWheel(originNanos);
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** As a callback of a context that nobody has but this timer, and which therefore only its time ends. */
  @Override
  public Ctx.Registration schedule(Runnable task, Duration delay) {
    requireNonNull(task, "task");
    requireNonNull(delay, "delay");
    Duration capped = delay.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : delay;
    var timed = new TimedNode(DeadlinePath.after(root, capped));
    var callback = new Callback(task, null);
    timed.add(callback);
    add(timed);
    return () -> {
      boolean first = callback.unregister();
      if (first) {
        remove(timed);
      }
      return first;
    };
  }

  synchronized void add(TimedNode entry) {
    idle = false;
    if (thread == null) {
      wakeTick = Long.MAX_VALUE;
      wheel.turnTo(tickNow());
    }
    if (wheel.startOf(entry) < wakeTick) {
      long now = tickNow();
      if (wheel.tick() < now && now < wakeTick) { // it may stand as when the thread looked last
        wheel.turnTo(now);
      }
    }
    long start = wheel.insert(entry);
    if (start < wakeTick) {
      wakeTick = start;
      wake(entry);
    }
  }

  private void wake(TimedNode entry) {
    if (thread != null) {
      LockSupport.unpark(thread);
      return;
    }
    try {
      thread = newThread(this::run, "ctx4j-timer");
      thread.start();
    } catch (Throwable e) { // no thread to be had: then the entry was not added
      thread = null;
      remove(entry);
      throw e;
    }
  }

  synchronized boolean remove(TimedNode entry) {
    return wheel.remove(entry);
  }

  private long tickNow() {
    return wheel.ticksAt(System.nanoTime());
  }

  private void run() {
    while (true) {
      try {
        List<TimedNode> due = new ArrayList<>(0);
        long waitNanos = workers.look(nanoTime());
        synchronized (this) {
          long now = tickNow();
          if (now >= wakeTick && !look(now, due)) {
            thread = null;
            return;
          }
          waitNanos = Math.min(waitNanos, wheel.nanosOf(wakeTick) - nanoTime());
        }
        if (due.isEmpty()) {
          LockSupport.parkNanos(this, waitNanos);
          // by whoever interrupts all threads of a group: parking would not wait
          Thread.interrupted();
        } else {
          due.sort(SystemTime::compare);
          due.forEach(this::expire);
        }
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait(); // there is nobody to tell; the timer itself must not be lost
      }
    }
  }

  /** Looks what is due, and when to look next; false: nothing is pending, nor has been for a while. */
  private boolean look(long now, List<TimedNode> due) {
    wheel.advance(now, due);
    long next = wheel.nextStart();
    if (next != Long.MAX_VALUE) {
      wakeTick = next;
    } else if (idle && workers.isEmpty()) {
      return false;
    } else {
      idle = true;
      wakeTick = now + TimerWheel.ticks(KEEP_ALIVE_NANOS);
    }
    return true;
  }

  /** In a list they stand as they came; a context that is due before its parent ends by its own deadline. */
  private static int compare(TimedNode one, TimedNode other) {
    return Long.signum(one.nanos() - other.nanos());
  }

  private void expire(TimedNode due) {
    try {
      due.expire(workers);
    } catch (
        Throwable e) { // of our own, as when memory is short; a handler is foreign, so not here
      workers.execute(() -> Cancellation.report(e));
    }
  }

  @Override
  public String toString() {
    return "system";
  }

  /**
   * A daemon thread that inherits nothing of who happened to need it first: no thread-locals, no class
   * loader, no group, no priority, and on JDK 17 no access-control context, which would hold the class
   * loaders on the stack.
   */
  @SuppressWarnings("removal")
  private static Thread newThread(Runnable task, String name) {
    return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
      var thread = new Thread(null, task, name, 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
      return thread;
    });
  }
}

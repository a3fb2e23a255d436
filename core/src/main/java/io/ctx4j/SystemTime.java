package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's clocks and one timer thread.
 *
 * <p>The pending deadlines stand in {@link TimerStripe}s. None fires early, and late by no more
 * than a tick and what the machine adds. The thread parks until the next list that has anything, so
 * nothing ticks; a deadline that is taken off does not wake it, one that comes sooner does. It
 * keeps to the time for which it was woken: were it to look at once and see that deadline gone, the
 * next one would wake it again. With nothing pending it ends.
 *
 * <p>Who adds puts the deadline into a stripe first and then looks at {@link #wakeTick}; the thread
 * first sets that to the end of time and then goes through the stripes. So one of them sees the
 * other: either the deadline is found there, or who has added it sees that it is sooner than all
 * that the thread knows of, and wakes it. What else this monitor guards is only touched where the
 * thread is to be woken.
 *
 * <p>No foreign code runs on the timer thread (C19): it takes all that is due off a stripe in one
 * hold of its monitor, marks the contexts done, which is ours, and hands the rest to
 * {@link CallbackWorkers}. There are two sets of these: what the library itself has to say does not
 * wait behind foreign code.
 *
 * <p>What is due leaves the wheel as a chain of its own links, and leaves that when its context has
 * ended: where there was no memory for it, it is tried again (C40).
 */
final class SystemTime implements TimeSource, Dispatcher {
  private static final long RETRY_NANOS = 10_000_000L;
  private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;

  /** No more than {@link TimedNode#stripe} can tell. */
  private static final int STRIPES = Stripes.countFor(8);

  /** Of {@link #wakeTick}: the thread is to look at once. */
  private static final long AT_ONCE = 0;

  /** Of {@link #wakeTick}: whoever adds wakes the thread, which looks now, or is not there. */
  private static final long BY_ALL = Long.MAX_VALUE;

  // after the constants that it takes
  static final SystemTime INSTANCE = new SystemTime(System.nanoTime(), STRIPES);

  private final CallbackWorkers workers =
      new CallbackWorkers(task -> LibraryThreads.newThread(task, "ctx4j-worker"));
  private final CallbackWorkers ownWorkers =
      new CallbackWorkers(task -> LibraryThreads.newThread(task, "ctx4j-own-worker"));

  /** Of the contexts that stand for scheduled tasks. */
  private final Path root = new Path.Root("system", this);

  final Stripes<TimerStripe> stripes;
  private final long originNanos;

  /** Null: nothing is in the stripes. */
  private @Nullable Thread thread;

  /** When the thread will look by itself; changed with the monitor held. */
  volatile long wakeTick = BY_ALL;

  /** Whether nothing was pending when it looked last. */
  private boolean idle;

  /** A chain of what has expired on another time source and had no memory to end its context. */
  private @Nullable TimedNode expired;

  /**
   * A chain of what was taken off the wheel and is still to be ended, in order; the thread's own.
   */
  private @Nullable TimedNode due;

  SystemTime(long originNanos, int stripes) {
    this.originNanos = originNanos;
    this.stripes = new Stripes<>(stripes);
    for (int i = 0; i < stripes; i++) {
      this.stripes.set(i, new TimerStripe(originNanos));
    }
  }

  /** For what the current thread adds. */
  static byte stripe() {
    return (byte) Stripes.index(Thread.currentThread());
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /**
   * As a callback of a context that nobody has but this timer, and which therefore only its time
   * ends.
   */
  @Override
  public Ctx.Registration schedule(Runnable task, Duration delay) {
    requireNonNull(task, "task");
    requireNonNull(delay, "delay");
    Duration capped = delay.compareTo(DeadlinePath.FAR) > 0 ? DeadlinePath.FAR : delay;
    var timed = new TimedNode(DeadlinePath.after(root, capped));
    var callback = new Callback(task, null);
    timed.add(callback);
    Ctx.Registration registration = () -> {
      boolean first = callback.unregister();
      if (first) {
        remove(timed);
      }
      return first;
    };
    add(timed);
    return registration;
  }

  void add(TimedNode entry) {
    long start = stripe(entry.stripe).add(entry, wakeTick);
    if (start >= wakeTick) {
      return;
    }
    try {
      wakeBy(start);
    } catch (Throwable e) { // no thread to be had: then the entry was not added
      remove(entry);
      throw e;
    }
  }

  boolean remove(TimedNode entry) {
    return stripe(entry.stripe).remove(entry);
  }

  TimerStripe stripe(int index) {
    return requireNonNull(stripes.get(index));
  }

  private synchronized void wakeBy(long start) {
    if (start < wakeTick) {
      wake();
      // last: while it can fail others see to themselves
      wakeTick = expired == null ? start : AT_ONCE;
    }
  }

  private void wake() {
    if (thread != null) {
      LockSupport.unpark(thread);
      return;
    }
    try {
      thread = LibraryThreads.newThread(this::run, "ctx4j-timer");
      thread.start();
    } catch (Throwable e) {
      thread = null;
      throw e;
    }
  }

  @Override
  public void execute(Link task) {
    boolean apart = task instanceof DoneListener listener
        ? listener.runsApart()
        : ((WorkerTask) task).runsApart();
    (apart ? ownWorkers : workers).execute(task);
  }

  /**
   * Has a thread of the library do what is left of a cancellation; by any thread. Does not throw.
   */
  void finish(Link task) {
    execute(task);
    wakeIfPossible();
  }

  /** Ends a context whose time is over on another time source; by any thread. Does not throw. */
  void expireLater(TimedNode entry) {
    synchronized (this) {
      entry.later = expired;
      expired = entry;
    }
    wakeIfPossible();
  }

  /** Where there is no thread to be had now, the next deadline that is added starts one. */
  private synchronized void wakeIfPossible() {
    idle = false;
    try {
      wake();
      wakeTick = AT_ONCE;
    } catch (Throwable e) {
      // nobody to tell: who handed in what is left tells of its own want of memory
    }
  }

  private void run() {
    Cancellation.load();
    for (long waitNanos = 0; waitNanos >= 0; ) {
      try {
        if (waitNanos > 0) {
          LockSupport.parkNanos(this, waitNanos);
          // who interrupts all threads of a group has this one, too: it would not park again
          Thread.interrupted();
        }
        waitNanos = runDue();
      } catch (OutOfMemoryError e) { // there is nobody to tell, and nothing is lost
        waitNanos = RETRY_NANOS;
      }
    }
  }

  /**
   * Does what is due, and says for how long nothing will be; less than zero: the thread is not
   * needed any more.
   */
  private long runDue() {
    long now = nanoTime();
    long waitNanos = Math.min(workers.check(now), ownWorkers.check(now));
    if (due == null) {
      long tick = TimerWheel.ticks(nanoTime() - originNanos);
      if (tick >= settledWakeTick() && !takeDue(tick)) {
        return -1;
      }
      waitNanos =
          Math.min(waitNanos, originNanos + TimerWheel.nanos(settledWakeTick()) - nanoTime());
    }
    if (due == null) {
      return Math.max(0, waitNanos);
    }
    expireDue();
    return 0;
  }

  /**
   * For the thread: whoever wakes it does so with the monitor held, and sets this before it lets
   * go.
   */
  private synchronized long settledWakeTick() {
    return wakeTick;
  }

  /**
   * Takes off what is due, and sets when to wake next; false: nothing is pending, nor has been for
   * a while.
   */
  boolean takeDue(long now) {
    synchronized (this) {
      wakeTick = BY_ALL;
    }
    TimedNode taken = null;
    long next = Long.MAX_VALUE;
    boolean added = false;
    for (int i = 0; i < stripes.count(); i++) {
      TimerStripe stripe = stripe(i);
      synchronized (stripe) {
        taken = TimerWheel.join(stripe.advance(now), taken);
        next = Math.min(next, stripe.nextStart());
        added |= stripe.takeAdded();
      }
    }
    synchronized (this) {
      if (taken == null) {
        taken = expired;
        expired = null;
      }
      if (expired != null) {
        next = now;
      }
      boolean nothing = taken == null && next == Long.MAX_VALUE;
      if (nothing
          && idle
          && !added
          && wakeTick == BY_ALL
          && workers.isEmpty()
          && ownWorkers.isEmpty()) {
        thread = null;
        return false;
      }
      idle = nothing;
      wakeTick = Math.min(
          wakeTick, next == Long.MAX_VALUE ? now + TimerWheel.ticks(KEEP_ALIVE_NANOS) : next);
    }
    due = taken == null ? null : TimerWheel.sort(taken);
    return true;
  }

  /**
   * Ends the contexts that are due, one at a time: that which runs out of memory is the next to be
   * tried.
   */
  private void expireDue() {
    for (TimedNode entry = due; entry != null; entry = due) {
      try {
        entry.expire(this);
      } catch (OutOfMemoryError e) {
        throw e;
      } catch (Throwable e) { // a fault of our own
        report(e);
      }
      due = entry.later;
      entry.later = null;
    }
  }

  /** A handler is foreign code, so not here. */
  private void report(Throwable fault) {
    execute(new WorkerTask() {
      @Override
      void run() {
        ForeignCode.report(fault);
      }
    });
  }

  @Override
  public String toString() {
    return "system";
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's clocks and one timer thread.
 *
 * <p>The pending deadlines stand in a hierarchical wheel, guarded by this monitor: eight levels of 64
 * lists, of which the first holds a tick of 0.26 ms each and every other one 64 times the one before. A
 * deadline stands in the level of the highest digit, to the base of 64, in which its tick differs from
 * the wheel's, and comes a level down when the wheel reaches its list. Adding one and taking one off
 * are a few steps however many there are, the list that it stands in follows from its time and the
 * wheel's, and the links are its own, so that nothing else is stored for it. A list that is come to is
 * gone through in one hold: 400,000 deadlines of the same minute are some milliseconds, once.
 *
 * <pre>
 *   wheel's tick   3 12 05    a deadline at  3 12 40 is in level 0, list 40: fires when that is come to
 *   (base 64)                                3 14 02       level 1, list 14: level 0 when 3 14 00 is come to
 *                                            5 00 00       level 2, list  5
 * </pre>
 *
 * <p>Ticks are rounded up: never early, and late by no more than a tick and what the machine adds. The
 * thread parks until the next list that has anything, so nothing ticks; a deadline that is taken off
 * does not wake it, one that comes sooner does. It keeps to the time for which it was woken: were it to
 * look at once and see that deadline gone, the next one would wake it again. With nothing pending it ends.
 *
 * <p>No foreign code runs on the timer thread (C19): it takes all that is due in one hold of the
 * monitor, marks the contexts done, which is ours, and hands the rest to the {@link Workers}. These
 * stand in this file, which is long for it, because nothing else uses them.
 */
final class SystemTime implements TimeSource {
  private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;
  private static final Duration FURTHEST = Duration.ofDays(36_500);

  private static final int TICK_BITS = 18;
  private static final int LEVEL_BITS = 6;
  private static final int LEVELS = 8; // ticks have 63 - 18 bits
  private static final int LISTS = 1 << LEVEL_BITS;

  /** Where those stand whose tick is not ahead of the wheel's. */
  private static final int DUE = LEVELS * LISTS;

  static final SystemTime INSTANCE =
      new SystemTime(System.nanoTime()); // after the constants that it takes

  private final Workers workers = new Workers(task -> newThread(task, "ctx4j-worker"));

  /** Ticks count from here, so that they are positive and do not wrap in our time. */
  private final long originNanos;

  private final @Nullable TimedNode[] lists = new TimedNode[DUE + 1];

  /** For each level, which of its lists hold anything. */
  private final long[] used = new long[LEVELS];

  /** The wheel's tick: every list in use is ahead of it, and none that is not ahead of now is passed over. */
  private long tick;

  private @Nullable Thread thread;

  /** When the thread will look by itself; no list in use is before it. */
  private long wakeTick;

  /** Whether nothing was pending when it looked last, nor came since. */
  private boolean idle;

  SystemTime(long originNanos) {
    this.originNanos = originNanos;
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
    Duration capped = delay.compareTo(FURTHEST) > 0 ? FURTHEST : delay;
    var timed = new TimedNode(DeadlinePath.after(Handle.BACKGROUND.path, capped));
    var callback = new Handle.Callback(task, null);
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
      tick = tickNow();
    }
    if (startOf(listOf(entry)) < wakeTick) {
      long now = tickNow();
      if (tick < now && now < wakeTick) { // it may stand as when the thread looked last
        tick = now;
      }
    }
    long start = insert(entry);
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

  /** Puts it into its list, and returns when the wheel comes to that; the monitor is held. */
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

  private long tickNow() {
    return (System.nanoTime() - originNanos) >> TICK_BITS;
  }

  private long nanosOf(long tick) {
    return originNanos + (tick << TICK_BITS);
  }

  /**
   * Where the entry stands or is to stand. It is the same list until the wheel comes to it: up to there
   * the digits of the wheel's tick above the entry's level stay, and the one in it stays lower.
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

  /** Moves the wheel to the tick, and takes off what is due by then; the monitor is held. */
  void advance(long now, List<TimedNode> due) {
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
        if (listOf(entry) == DUE) {
          due.add(entry);
        } else {
          insert(entry);
        }
        entry = later;
      }
    }
    tick = Math.max(tick, now);
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
          waitNanos = Math.min(waitNanos, nanosOf(wakeTick) - nanoTime());
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
    advance(now, due);
    int next = next();
    if (next >= 0) {
      wakeTick = startOf(next);
    } else if (idle && workers.isEmpty()) {
      return false;
    } else {
      idle = true;
      wakeTick = now + (KEEP_ALIVE_NANOS >> TICK_BITS);
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

  /**
   * The threads on which foreign code of deadlines runs: as few as get through it, and one more for each
   * that is stuck.
   *
   * <p>The timer thread alone hands tasks in. One worker takes them, one after the other; a second is
   * woken only when it turns out that the first does not come back:
   *
   * <pre>
   *   idle  ── woken ──►  awake  ── the head of the queue has not moved for a while ──►  stuck
   *    ▲                  │    ▲                                                           │
   *    └─ queue is empty ─┘    └───────────────── its task has returned ───────────────────┘
   * </pre>
   *
   * <p>While tasks wait, the timer thread {@linkplain #look looks} twice a millisecond. When the head has
   * stayed the same since, all that are awake are stuck, and twice as many are woken, so that any number
   * of blocked callbacks delays the others by a few milliseconds, not by one each. With a worker stuck
   * and none awake, the next task wakes one at once. A thread pool that hands over to idle threads only,
   * as the JDK's can, starts a thread for nearly every deadline that follows closely on another: with
   * 50,000 a second that alone made them 30 to 200 ms late.
   *
   * <p>Nothing is lost: a task leaves the queue by the worker that runs it, a worker becomes idle only
   * where it has seen the queue empty under this monitor, and who hands in enters the monitor after the
   * task is queued. A thread that cannot be started is tried again at a later look. Threads that are
   * idle for two seconds end; the one that was idle last is woken first, so that the others do.
   */
  static final class Workers implements Executor {
    private static final int MOST = 256;
    private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;
    private static final long LOOK_NANOS = 500_000L;
    private static final long BACKLOG_NANOS = 8 * LOOK_NANOS;
    private static final long RETRY_NANOS = 100_000_000L;

    /** Woken or started, and not seen at work since: it is the machine that keeps it. */
    private static final int COMING = 0;

    private static final int WORKING = 1;
    private static final int STUCK = 2;
    private static final int IDLE = 3;

    private final ThreadFactory threads;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** These three are guarded by this monitor. A worker is in one list, or stuck, or has ended. */
    private final List<Worker> awake = new ArrayList<>();

    private final Deque<Worker> idle = new ArrayDeque<>();
    private int count;

    /** The head of the queue at the last look, and since when; this and what follows: the timer's own. */
    private @Nullable Runnable head;

    private long headNanos;

    /** Since when, or since the last remedy for it, no look has found the queue empty. */
    private long backlogNanos;

    /** Whether there was no thread to be had, and when to try again. */
    private boolean refused;

    private long retryNanos;

    Workers(ThreadFactory threads) {
      this.threads = threads;
    }

    /** Queues the task; on the timer thread. Does not throw. */
    @Override
    public void execute(Runnable task) {
      tasks.add(task);
      wake(0);
    }

    /**
     * Wakes workers where the queue needs it; on the timer thread.
     *
     * @return in how many nanoseconds to look again; {@link Long#MAX_VALUE}: not on account of these tasks
     */
    long look(long now) {
      Runnable head = tasks.peek();
      if (head == null) {
        this.head = null;
        return Long.MAX_VALUE;
      }
      if (refused) {
        if (now - retryNanos < 0) {
          return retryNanos - now;
        }
        refused = false;
      }
      if (this.head == null) {
        backlogNanos = now;
      }
      if (head != this.head) {
        this.head = head;
        headNanos = now;
      }
      if (now - headNanos >= LOOK_NANOS) {
        headNanos = now;
        backlogNanos = now;
        wakeForStuck();
      } else if (now - backlogNanos
          >= BACKLOG_NANOS) { // quick ones that are too many, or all a bit slow
        backlogNanos = now;
        wake(1);
      }
      return refused ? RETRY_NANOS : isFull() ? Long.MAX_VALUE : LOOK_NANOS;
    }

    /** With all threads there are, stuck or not, there is nothing to look for: they take what is queued. */
    private synchronized boolean isFull() {
      return count == MOST && idle.isEmpty();
    }

    boolean isEmpty() {
      return tasks.isEmpty();
    }

    private synchronized void wakeForStuck() {
      for (Worker worker : awake) {
        if (worker.state == COMING) { // the machine is busy: more threads would not make it faster
          return;
        }
      }
      int more = 2 * Math.max(1, awake.size());
      awake.forEach(worker -> worker.state = STUCK);
      awake.clear();
      for (Runnable ignored : tasks) { // as many as wait, at most
        if (more-- == 0 || !wakeOne()) {
          break;
        }
      }
    }

    /** Sees to it that one is awake, and wakes as many more. */
    private synchronized void wake(int more) {
      boolean awoken = !awake.isEmpty() || wakeOne();
      for (int i = 0; i < more && awoken; i++) {
        awoken = wakeOne();
      }
    }

    private boolean wakeOne() {
      Worker worker = idle.pollLast();
      if (worker == null) {
        return count < MOST && !refused && start();
      }
      awake.add(worker);
      worker.state = COMING;
      LockSupport.unpark(worker.thread);
      return true;
    }

    private boolean start() {
      var worker = new Worker();
      try {
        Thread thread = threads.newThread(worker);
        worker.thread = thread;
        thread.start();
      } catch (Throwable e) { // no thread to be had, nor perhaps memory
        refused = true;
        retryNanos = System.nanoTime() + RETRY_NANOS;
        return false;
      }
      awake.add(worker);
      count++;
      return true;
    }

    private final class Worker implements Runnable {
      private @Nullable Thread thread;

      /** Set with the monitor held, but for COMING to WORKING by this worker. */
      private volatile int state = COMING;

      @Override
      public void run() {
        do {
          state = WORKING;
          for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            run(task);
            if (state == STUCK) {
              comeBack();
            }
          }
        } while (isWanted());
      }

      private void run(Runnable task) {
        try {
          task.run();
        } catch (Throwable e) {
          Cancellation.report(e);
        }
        Thread
            .interrupted(); // what came for this task, or was left by it, is none of the next one's
      }

      private void comeBack() {
        synchronized (Workers.this) {
          state = WORKING;
          awake.add(this);
        }
      }

      /** Waits for more to do; false: there was none, and this has ended. */
      private boolean isWanted() {
        synchronized (Workers.this) {
          awake.remove(this);
          idle.addLast(this);
          state = IDLE;
          if (!tasks.isEmpty()) {
            wakeOne(); // itself
          }
        }
        long end = System.nanoTime() + KEEP_ALIVE_NANOS;
        while (state == IDLE) {
          long left = end - System.nanoTime();
          if (left > 0) {
            LockSupport.parkNanos(Workers.this, left);
            Thread.interrupted(); // else it would not wait
          } else if (hasEnded()) {
            return false;
          }
        }
        return true;
      }

      private boolean hasEnded() {
        synchronized (Workers.this) {
          boolean ends = idle.remove(this);
          if (ends) {
            count--;
          }
          return ends;
        }
      }
    }
  }
}

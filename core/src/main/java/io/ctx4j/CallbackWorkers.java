package io.ctx4j;

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
final class CallbackWorkers implements Executor {
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

  CallbackWorkers(ThreadFactory threads) {
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
      Thread.interrupted(); // what came for this task, or was left by it, is none of the next one's
    }

    private void comeBack() {
      synchronized (CallbackWorkers.this) {
        state = WORKING;
        awake.add(this);
      }
    }

    /** Waits for more to do; false: there was none, and this has ended. */
    private boolean isWanted() {
      synchronized (CallbackWorkers.this) {
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
          LockSupport.parkNanos(CallbackWorkers.this, left);
          Thread.interrupted(); // else it would not wait
        } else if (hasEnded()) {
          return false;
        }
      }
      return true;
    }

    private boolean hasEnded() {
      synchronized (CallbackWorkers.this) {
        boolean ends = idle.remove(this);
        if (ends) {
          count--;
        }
        return ends;
      }
    }
  }
}

package io.ctx4j;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads on which foreign code of deadlines runs: as few as get through it, and one more for
 * each that is stuck.
 *
 * <p>One worker takes the tasks, one after the other; a second is only when it turns out that the
 * first does not come back:
 *
 * <pre>
 *   idle  ── woken ──►  awake  ── the head of the queue has not moved for a while ──►  stuck
 *    ▲                  │    ▲                                                           │
 *    └─ queue is empty ─┘    └───────────────── its task has returned ───────────────────┘
 * </pre>
 *
 * <p>While tasks wait, the timer thread {@linkplain #check checks} twice a millisecond. When the
 * head has stayed the same since, all that are awake are stuck, and twice as many are woken, so
 * that any number of blocked callbacks delays the others by a few milliseconds, not by one each.
 * With a worker stuck and none awake, the next task wakes one at once. A thread pool that hands
 * over to idle threads only, as the JDK's can, starts a thread for nearly every deadline that
 * follows closely on another: with 50,000 a second that alone made them 30 to 200 ms late.
 *
 * <p>Nothing is lost: a task leaves the queue by the worker that runs it, a worker becomes idle
 * only where it has seen the queue empty under this monitor, and who hands in enters the monitor
 * after the task is queued. A thread that cannot be started is tried again at a later check.
 * Threads that are idle for two seconds end; the one that was idle last is woken first, so that the
 * others do.
 *
 * <p>To hand in, to take out and to wake needs no memory, but for a thread that is started: the
 * queue is the tasks' own links, and the lists of workers have room for all (C40). A task of the
 * library that has no memory to go on is tried again by its worker, which then counts as stuck.
 *
 * <p>What foreign code leaves on a thread is gone before the next one runs (C20).
 */
final class CallbackWorkers {
  private static final int MAX_WORKERS = 256;
  private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;
  private static final long CHECK_NANOS = 500_000L;
  private static final long BACKLOG_NANOS = 8 * CHECK_NANOS;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final long MEMORY_NANOS = 10_000_000L;

  /** Woken or started, and not seen at work since: it is the machine that keeps it. */
  private static final int COMING = 0;

  private static final int WORKING = 1;
  private static final int STUCK = 2;
  private static final int IDLE = 3;

  private final ThreadFactory threads;

  /** These two are guarded by the queue's monitor, which is entered last. */
  private final LinkQueue tasks = new LinkQueue();

  private int waiting;

  /** These three are guarded by this monitor. A worker is in one list, or stuck, or has ended. */
  private final List<Worker> awake = new ArrayList<>(MAX_WORKERS);

  private final Deque<Worker> idle = new ArrayDeque<>(MAX_WORKERS);
  private int count;

  /** Whether there was no thread to be had, and when to try again; guarded likewise. */
  private boolean refused;

  private long retryNanos;

  /**
   * The head of the queue at the last check, and since when; this and what follows: the timer's
   * own.
   */
  private @Nullable Link head;

  private long headNanos;

  /** Since when, or since the last remedy for it, no check has found the queue empty. */
  private long backlogNanos;

  CallbackWorkers(ThreadFactory threads) {
    this.threads = threads;
  }

  /**
   * Queues the task, a {@link WorkerTask} or a {@link DoneListener}; by any thread. Does not throw.
   */
  void execute(Link task) {
    synchronized (tasks) {
      tasks.add(task);
      waiting++;
    }
    wake(0);
  }

  private @Nullable Link poll() {
    synchronized (tasks) {
      Link task = tasks.poll();
      if (task != null) {
        waiting--;
      }
      return task;
    }
  }

  private @Nullable Link peek() {
    synchronized (tasks) {
      return tasks.peek();
    }
  }

  private int waiting() {
    synchronized (tasks) {
      return waiting;
    }
  }

  /**
   * Wakes workers where the queue needs it; on the timer thread.
   *
   * @return in how many nanoseconds to check again; {@link Long#MAX_VALUE}: not on account of these
   *     tasks
   */
  long check(long now) {
    Link head = peek();
    if (head == null) {
      this.head = null;
      return Long.MAX_VALUE;
    }
    long retry = nanosToRetry(now);
    if (retry > 0) {
      return retry;
    }
    if (this.head == null) {
      backlogNanos = now;
    }
    if (head != this.head) {
      this.head = head;
      headNanos = now;
    }
    if (now - headNanos >= CHECK_NANOS) {
      headNanos = now;
      backlogNanos = now;
      wakeForStuck();
    } else if (now - backlogNanos >= BACKLOG_NANOS) {
      // quick ones that are too many, or all a bit slow
      backlogNanos = now;
      wake(1);
    }
    return nextCheck();
  }

  /** For how long it makes no sense to start a thread; zero: it may be tried. */
  private synchronized long nanosToRetry(long now) {
    if (refused && now - retryNanos < 0) {
      return retryNanos - now;
    }
    refused = false;
    return 0;
  }

  /**
   * With all threads there are, stuck or not, there is nothing to check: they take what is queued.
   */
  private synchronized long nextCheck() {
    return refused
        ? RETRY_NANOS
        : count == MAX_WORKERS && idle.isEmpty() ? Long.MAX_VALUE : CHECK_NANOS;
  }

  boolean isEmpty() {
    return waiting() == 0;
  }

  private synchronized void wakeForStuck() {
    for (int i = 0; i < awake.size(); i++) {
      if (awake.get(i).state == COMING) {
        return; // the machine is busy: more threads would not make it faster
      }
    }
    int more = Math.min(2 * Math.max(1, awake.size()), waiting());
    for (int i = 0; i < awake.size(); i++) {
      awake.get(i).state = STUCK;
    }
    awake.clear();
    while (more > 0 && wakeOne()) {
      more--;
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
      return count < MAX_WORKERS && !refused && start();
    }
    awake.add(worker);
    worker.state = COMING;
    LockSupport.unpark(worker.thread);
    return true;
  }

  private boolean start() {
    Worker worker;
    try {
      worker = new Worker();
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

  /** Does a task on the calling thread, which is the library's. Does not throw. */
  static void complete(Link task) {
    while (true) {
      try {
        if (task instanceof DoneListener listener) {
          listener.fireLate();
        } else {
          ((WorkerTask) task).run();
        }
        break;
      } catch (OutOfMemoryError e) {
        // the library's own: foreign code was not called, or has returned
        LockSupport.parkNanos(MEMORY_NANOS);
      } catch (Throwable e) {
        ForeignCode.report(e);
        break;
      }
    }
    LibraryThreads.reset();
  }

  private final class Worker implements Runnable {
    private @Nullable Thread thread;

    /** Set with the monitor held, but for COMING to WORKING by this worker. */
    private volatile int state = COMING;

    @Override
    public void run() {
      do {
        state = WORKING;
        for (Link task = poll(); task != null; task = poll()) {
          complete(task);
          if (state == STUCK) {
            comeBack();
          }
        }
      } while (isWanted());
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
        if (!isEmpty()) {
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

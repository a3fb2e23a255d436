package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's clocks, one timer thread, and the workers on which callbacks of deadlines run.
 *
 * <p>The pending entries are a binary heap by deadline, guarded by this monitor; each knows its slot, so
 * that taking one off needs no search. Most deadlines are taken off before they fire and were added in
 * about the order in which they would: then both are a few steps. The thread parks until the deadline it
 * saw first; an entry that is taken off does not wake it, one that comes sooner does. With nothing
 * pending it ends, and so do the workers.
 *
 * <p>No foreign code runs on the timer thread (C19): it marks contexts done, which is ours, and hands the
 * rest to a worker. There are as many workers as there are callbacks that run or block, up to 256.
 */
final class SystemTime implements TimeSource {
  private static final long KEEP_ALIVE_NANOS = 2_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final Duration FURTHEST = Duration.ofDays(36_500);

  static final SystemTime INSTANCE = new SystemTime(); // after the constants that it takes

  /** Something that waits for its time; the slot belongs to the timer, -1: not in it. */
  interface Entry {
    long nanos();

    int slot();

    void slot(int slot);

    /** Called on the timer thread, after this was taken off; foreign code goes to the workers. */
    void expire(Executor workers);
  }

  private final Executor workers = new Workers();
  private Entry[] heap = new Entry[16];
  private int size;
  private @Nullable Thread thread;

  /** When the thread will look again by itself. */
  private long wakeNanos;

  private SystemTime() {}

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Ctx.Registration schedule(Runnable task, Duration delay) {
    requireNonNull(task, "task");
    requireNonNull(delay, "delay");
    Duration capped = delay.compareTo(FURTHEST) > 0 ? FURTHEST : delay;
    var entry = new Task(task, nanoTime() + (capped.isNegative() ? 0 : capped.toNanos()));
    add(entry);
    return entry;
  }

  synchronized void add(Entry entry) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    siftUp(size++, entry);
    if (thread == null) {
      try {
        thread = newThread(this::run, "ctx4j-timer");
        thread.start();
      } catch (Throwable e) { // no thread to be had: then the entry was not added
        thread = null;
        remove(entry);
        throw e;
      }
    } else if (entry.nanos() - wakeNanos < 0) {
      wakeNanos = entry.nanos();
      LockSupport.unpark(thread);
    }
  }

  synchronized boolean remove(Entry entry) {
    int slot = entry.slot();
    if (slot < 0) {
      return false;
    }
    entry.slot(-1);
    Entry last = requireNonNull(heap[--size]);
    heap[size] = null;
    if (last != entry) {
      siftUp(slot, last);
      if (last.slot() == slot) {
        siftDown(slot, last);
      }
    }
    if (heap.length > 1024 && size < heap.length / 4) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
    return true;
  }

  private void siftUp(int slot, Entry entry) {
    while (slot > 0) {
      int up = (slot - 1) >>> 1;
      Entry parent = heap[up];
      if (entry.nanos() - parent.nanos() >= 0) {
        break;
      }
      put(slot, parent);
      slot = up;
    }
    put(slot, entry);
  }

  private void siftDown(int slot, Entry entry) {
    while (2 * slot + 1 < size) {
      int down = 2 * slot + 1;
      if (down + 1 < size && heap[down + 1].nanos() - heap[down].nanos() < 0) {
        down++;
      }
      Entry child = heap[down];
      if (entry.nanos() - child.nanos() <= 0) {
        break;
      }
      put(slot, child);
      slot = down;
    }
    put(slot, entry);
  }

  private void put(int slot, Entry entry) {
    heap[slot] = entry;
    entry.slot(slot);
  }

  private void run() {
    boolean idle = false;
    while (true) {
      Entry due = null;
      long waitNanos = KEEP_ALIVE_NANOS;
      synchronized (this) {
        long now = nanoTime();
        if (size > 0) {
          idle = false;
          waitNanos = heap[0].nanos() - now;
          if (waitNanos <= 0) {
            due = heap[0];
            remove(due);
          }
        } else if (idle) {
          thread = null;
          return;
        } else {
          idle = true;
        }
        wakeNanos = now + waitNanos;
      }
      if (due == null) {
        LockSupport.parkNanos(this, waitNanos);
        Thread
            .interrupted(); // by whoever interrupts all threads of a group: parking would not wait
      } else {
        expire(due);
      }
    }
  }

  private void expire(Entry due) {
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

  /** A task that a user scheduled: foreign, so it runs on a worker. */
  private final class Task implements Entry, Ctx.Registration, Runnable {
    private @Nullable Runnable task;
    private final long nanos;
    private int slot = -1;

    Task(Runnable task, long nanos) {
      this.task = task;
      this.nanos = nanos;
    }

    @Override
    public boolean unregister() {
      boolean first = remove(this);
      if (first) {
        task = null;
      }
      return first;
    }

    @Override
    public void expire(Executor workers) {
      workers.execute(this);
    }

    @Override
    public void run() {
      Runnable task = requireNonNull(this.task);
      this.task = null;
      task.run();
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public int slot() {
      return slot;
    }

    @Override
    public void slot(int slot) {
      this.slot = slot;
    }
  }

  /**
   * A pool that starts a thread when none is idle, and queues only where it has as many as it may.
   *
   * <p>Where the system has no thread to give, the task is queued and another start is tried a little later,
   * so that nothing is lost and nothing is thrown at the timer.
   */
  private final class Workers extends ThreadPoolExecutor {
    Workers() {
      super(
          0,
          256,
          KEEP_ALIVE_NANOS,
          TimeUnit.NANOSECONDS,
          new Handover(),
          task -> newThread(task, "ctx4j-worker"),
          (task, pool) -> ((Handover) pool.getQueue()).enqueue(task));
    }

    @Override
    public void execute(Runnable task) {
      Runnable reported = () -> runReported(task);
      try {
        super.execute(reported);
      } catch (Throwable e) {
        ((Handover) getQueue()).enqueue(reported);
        add(new Task(() -> {}, nanoTime() + RETRY_NANOS)); // its worker takes what is queued
      }
    }

    private static void runReported(Runnable task) {
      try {
        task.run();
      } catch (Throwable e) {
        Cancellation.report(e);
      }
    }
  }

  /** Takes what an idle worker waits for, so that the pool grows otherwise. */
  private static final class Handover extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }

    void enqueue(Runnable task) {
      super.offer(task);
    }
  }
}

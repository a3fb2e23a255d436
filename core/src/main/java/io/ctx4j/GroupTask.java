package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A task of a {@link CtxGroup}, and its result.
 *
 * <pre>
 *   queued ── run ──► running ── the task has ended ──► complete
 *     ├── cut, rejected ──────────────────────────────────▲
 *     └── canceled ◄── canceled: whatever it ends with is nobody's
 * </pre>
 *
 * Whether it was canceled or has ended is decided under the group's lock, and then told outside of
 * it.
 */
final class GroupTask<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {
  private final CtxGroup group;

  /** Null: it was begun, or will not be. */
  private @Nullable Callable<T> task;

  /** Of this task alone while it runs: to cancel this future interrupts it. */
  private @Nullable CancelCtx ctx;

  /** What interrupts it, while it runs. */
  private @Nullable InterruptHandoff handoff;

  /** Which thread it keeps busy, also with telling how it has ended. */
  private @Nullable Thread runner;

  private boolean canceled;
  private boolean ended;

  GroupTask(CtxGroup group, Callable<T> task) {
    this.group = group;
    this.task = task;
  }

  @Override
  public void run() {
    CancelCtx own;
    InterruptHandoff handoff;
    try {
      own = group.childCtx();
      handoff = new InterruptHandoff(own);
    } catch (Throwable e) { // no memory
      reject(e);
      return;
    }
    Callable<T> task = begin(own, handoff);
    if (task == null) {
      own.close();
      return;
    }
    try {
      T value = handoff.call(task::call);
      if (ends()) {
        complete(value);
      }
    } catch (Throwable thrown) {
      if (ends()) {
        fail(thrown);
      }
    } finally {
      own.close();
      endsRunning();
    }
  }

  private @Nullable Callable<T> begin(CancelCtx own, InterruptHandoff handoff) {
    group.lock.lock();
    try {
      if (!group.startsRunning(this)) {
        return null;
      }
      ctx = own;
      this.handoff = handoff;
      return take();
    } finally {
      group.lock.unlock();
    }
  }

  /** The lock is held. The task keeps this thread busy from here on. */
  private Callable<T> take() {
    Callable<T> task = requireNonNull(this.task);
    this.task = null;
    runner = Thread.currentThread();
    return task;
  }

  /** It has ended, and this future is complete. */
  private void endsRunning() {
    group.lock.lock();
    try {
      runner = null;
      group.endsRunning(this);
    } finally {
      group.lock.unlock();
    }
  }

  /** False: it was canceled before. */
  private boolean ends() {
    group.lock.lock();
    try {
      ctx = null;
      handoff = null;
      ended = !canceled;
      return ended;
    } finally {
      group.lock.unlock();
    }
  }

  private void fail(Throwable thrown) {
    group.fails(thrown);
    completeExceptionally(thrown);
  }

  /**
   * Wrapped, as a stage's is, so that a CancellationException of the task's does not pass for one
   * of this future.
   */
  @Override
  public boolean completeExceptionally(Throwable thrown) {
    return super.completeExceptionally(new CompletionException(thrown));
  }

  /** The executor has thrown, or this cannot run there. */
  void reject(Throwable thrown) {
    group.lock.lock();
    try {
      if (!group.startsRunning(this)) { // it has run all the same, or was cut
        return;
      }
      ended = true;
      take();
    } finally {
      group.lock.unlock();
    }
    try {
      fail(thrown);
    } finally {
      endsRunning();
    }
  }

  /**
   * The group has ended: fails this, if that has taken it out of the queue, and interrupts it where
   * it runs.
   */
  void cut(CtxException err) {
    InterruptHandoff running;
    group.lock.lock();
    try {
      running = handoff;
      if (task != null) {
        task = null;
        ended = true;
      } else if (running == null) {
        return;
      }
    } finally {
      group.lock.unlock();
    }
    if (running == null) {
      completeExceptionally(err.copy());
    } else {
      running.interrupt();
    }
  }

  /** The lock is held. */
  boolean isQueued() {
    return task != null;
  }

  /** The lock is held. */
  boolean isOnThisThread() {
    return runner == Thread.currentThread();
  }

  /** The group had ended before this came. */
  void refuse() {
    super.cancel(false);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    CancelCtx running;
    group.lock.lock();
    try {
      if (ended) {
        return isCancelled();
      }
      canceled = true;
      running = ctx;
      group.leavesQueue(this);
      task = null;
    } finally {
      group.lock.unlock();
    }
    boolean first = super.cancel(mayInterruptIfRunning);
    if (running != null && mayInterruptIfRunning) {
      running.cancel();
    }
    return first;
  }
}

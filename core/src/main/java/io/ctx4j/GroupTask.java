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
 * Whether it was canceled or has ended is decided under the group's lock, and then told outside of it.
 */
final class GroupTask<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {
  private final CtxGroup group;
  private @Nullable Callable<T> task;

  /** Of this task alone while it runs: to cancel this future interrupts it. */
  private @Nullable CancelCtx ctx;

  private boolean canceled;
  private boolean ended;

  GroupTask(CtxGroup group, Callable<T> task) {
    this.group = group;
    this.task = task;
  }

  @Override
  public void run() {
    CancelCtx own;
    try {
      own = group.childCtx();
    } catch (Throwable e) { // no memory
      reject(e);
      return;
    }
    Callable<T> task = begin(own);
    if (task == null) {
      own.close();
      return;
    }
    try {
      T value = own.call(task::call);
      if (ends()) {
        complete(value);
      }
    } catch (Throwable thrown) {
      if (ends()) {
        fail(thrown);
      }
    } finally {
      own.close();
      group.endsRunning();
    }
  }

  private @Nullable Callable<T> begin(CancelCtx own) {
    group.lock.lock();
    try {
      if (!group.startsRunning(this)) {
        return null;
      }
      ctx = own;
      return take();
    } finally {
      group.lock.unlock();
    }
  }

  private Callable<T> take() {
    Callable<T> task = requireNonNull(this.task);
    this.task = null;
    return task;
  }

  /** False: it was canceled before. */
  private boolean ends() {
    group.lock.lock();
    try {
      ctx = null;
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

  /** Wrapped, as a stage's is, so that a CancellationException of the task's does not pass for one of this future. */
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
      task = null;
    } finally {
      group.lock.unlock();
    }
    try {
      fail(thrown);
    } finally {
      group.endsRunning();
    }
  }

  /** The group has ended before this ran; it has left the queue. */
  void cut(CtxException err) {
    group.lock.lock();
    try {
      ended = true;
      task = null;
    } finally {
      group.lock.unlock();
    }
    completeExceptionally(err.copy());
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
      task = null;
      running = ctx;
      group.leavesQueue(this);
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

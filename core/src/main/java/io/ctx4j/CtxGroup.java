package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks side by side under one context, and ends all of them when one fails: Go's
 * {@code errgroup}.
 *
 * <pre>{@code
 * try (CtxGroup group = CtxGroup.of(ctx, executor)) {
 *   Future<String> user = group.go(() -> users.load(id));
 *   Future<List<String>> ordered = group.go(() -> orders.load(id));
 *   group.join(); // the first failure, ctx's end, or all is there
 *   return new Page(user.get(), ordered.get());
 * } // nothing of it runs any more
 * }</pre>
 *
 * <p>The executor is the caller's: it limits how many run at once, and is never shut down. One that
 * silently discards a task keeps {@link #join} waiting for it. A task must not wait for its own
 * group; a callback of {@link #ctx()}, or of a context above, may.
 *
 * @see <a href="https://pkg.go.dev/golang.org/x/sync/errgroup">Go's package errgroup</a>
 */
public final class CtxGroup implements AutoCloseable {
  private final CancelCtx ctx;
  private final Ctx visible;
  private final Executor executor;

  /** Guards the rest, and the state of the tasks; no foreign code runs under it. */
  final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();

  /**
   * Those that run, and those that were handed to the executor or are about to be: the queued ones.
   */
  private final Set<GroupTask<?>> tasks = new LinkedHashSet<>();

  private int queued;
  private int running;
  private int started;

  /** All tasks had ended, and join is about to say so. */
  private boolean joined;

  /** The end of ctx came before that of the tasks. */
  private boolean cut;

  /** What made ctx done, if it was a task. */
  private @Nullable Throwable failure;

  private CtxGroup(Handle parent, Executor executor) {
    this.ctx = parent.withCancel();
    this.visible = ((Handle) ctx).withoutPower();
    this.executor = executor;
  }

  /** Makes a group of which the context is a child of {@code parent}; close it. */
  public static CtxGroup of(Ctx parent, Executor executor) {
    var group = new CtxGroup(
        (Handle) requireNonNull(parent, "parent"), requireNonNull(executor, "executor"));
    if (!group.new End().start(group.ctx)) {
      group.cutTasks();
    }
    return group;
  }

  /**
   * Returns the context of the tasks: done at the first failure, with the parent, and after join or
   * close.
   */
  public Ctx ctx() {
    return visible;
  }

  /**
   * Has the executor run the task, as by {@link Ctx#call} under {@link #ctx()}.
   *
   * <p>The first task that fails ends the group, with what it threw as the cause; so does one that
   * the executor rejects. What runs then is interrupted, what is queued is not run, and the futures
   * of both fail with a {@link CtxException}. A task may start others.
   *
   * @return its result; to cancel it is no failure; canceled already where the group has ended
   */
  public <T extends @Nullable Object> Future<T> go(Callable<T> task) {
    var each = new GroupTask<T>(this, requireNonNull(task, "task"));
    if (!enqueue(each)) {
      each.refuse();
      return each;
    }
    try {
      executor.execute(each);
    } catch (Throwable e) {
      each.reject(e);
    }
    return each;
  }

  private boolean enqueue(GroupTask<?> task) {
    lock.lock();
    try {
      started++;
      if (joined) {
        return false;
      }
      if (ctx.isDone()) {
        cut = true;
        return false;
      }
      tasks.add(task);
      queued++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until all tasks have ended or the group has, and what runs of it; then ends it.
   *
   * @throws ExecutionException a task has failed; its cause is what the first one threw
   * @throws CtxException the parent has ended before all tasks had, as by {@link Ctx#throwIfDone}
   * @throws InterruptedException this thread was interrupted: the group is ended, and what runs was
   *     waited for
   */
  public void join() throws InterruptedException, ExecutionException {
    try {
      if (ctx.isDone()) {
        cutTasks();
      }
      awaitTasks();
    } catch (InterruptedException e) {
      ctx.cancel(e);
      awaitRunning();
      throw e;
    }
    ctx.close();
    Throwable failure = failure();
    if (failure != null) {
      throw new ExecutionException(failure);
    }
    if (wasCut()) {
      ctx.throwIfDone();
    }
  }

  /** Ends the group, and waits for what runs of it, uninterruptibly; the thread's flag is kept. */
  @Override
  public void close() {
    ctx.close();
    cutTasks();
    awaitRunning();
  }

  private void awaitTasks() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      int own = runningHere();
      while (running > own || (queued > 0 && !ctx.isDone())) {
        changed.await();
      }
      joined |= !ctx.isDone();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRunning() {
    lock.lock();
    try {
      int own = runningHere();
      while (running > own) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The lock is held. How many tasks wait for this thread: it calls back for one that has failed,
   * and who is called may wait for the others.
   */
  private int runningHere() {
    return running == 0
        ? 0
        : (int) tasks.stream().filter(GroupTask::isOnThisThread).count();
  }

  private @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private boolean wasCut() {
    cutTasks();
    lock.lock();
    try {
      return cut;
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. False: the task is not queued any more, and is not to be run. */
  boolean startsRunning(GroupTask<?> task) {
    boolean starts = task.isQueued() && tasks.contains(task);
    if (starts) {
      queued--;
      running++;
    }
    return starts;
  }

  /** The lock is held. The task was canceled, perhaps before it ran. */
  void leavesQueue(GroupTask<?> task) {
    if (task.isQueued() && tasks.remove(task)) {
      queued--;
      changed.signalAll();
    }
  }

  /** The lock is held. A running task has ended, and its future is complete. */
  void endsRunning(GroupTask<?> task) {
    tasks.remove(task);
    running--;
    changed.signalAll();
  }

  /** A running task has failed: the first one, which comes while ctx is live, ends the group. */
  void fails(Throwable thrown) {
    if (ctx.cancel(thrown)) {
      lock.lock();
      try {
        failure = thrown;
      } finally {
        lock.unlock();
      }
    }
  }

  CancelCtx childCtx() {
    return ctx.withCancel();
  }

  /**
   * The context is done: what is queued will not run, and what runs is interrupted. That its own
   * context does, too; but parents call back first, and who waits for the tasks may be called by
   * one.
   */
  private void cutTasks() {
    // who is interrupted is to find its context done
    requireNonNull(((Handle) ctx).end()).awaitSettled();
    List<GroupTask<?>> all;
    lock.lock();
    try {
      all = List.copyOf(tasks);
      cut |= !joined && (running > 0 || queued > 0 || started == 0);
      tasks.removeIf(GroupTask::isQueued);
      queued = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (GroupTask<?> task : all) {
      task.cut(requireNonNull(ctx.err()));
    }
  }

  /** Registered before all others: no foreign callback of this context delays it. */
  private final class End extends DoneListener {
    boolean start(Ctx ctx) {
      return listen(ctx);
    }

    @Override
    protected void onDone(CtxException err) {
      cutTasks();
    }
  }
}

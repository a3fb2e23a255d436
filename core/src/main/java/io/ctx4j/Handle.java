package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * What users hold: how the context was derived ({@link Path}), and its cancel state ({@link Node}).
 *
 * <p>Two references and no behaviour of its own. Value and name layers have a path of their own and
 * share the node; only {@link CancelableHandle} can cancel it.
 */
sealed class Handle implements Ctx permits CancelableHandle {
  static final Handle BACKGROUND = root("background", SystemTime.INSTANCE);
  static final Handle TODO = root("todo", SystemTime.INSTANCE);

  final Path path;

  /** Null: can never be done. */
  final @Nullable Node node;

  Handle(Path path, @Nullable Node node) {
    this.path = path;
    this.node = node;
  }

  private static Handle root(String label, TimeSource time) {
    return new Handle(new Path.Root(label, time), null);
  }

  static Ctx root(TimeSource time) {
    requireNonNull(time, "time");
    return root("root(" + time + ")", time);
  }

  static CancelCtx merge(Ctx first, Ctx second, Ctx... more) {
    requireNonNull(first, "first");
    requireNonNull(second, "second");
    requireNonNull(more, "more");
    var paths = new Path[2 + more.length];
    Set<Node> nodes = new LinkedHashSet<>();
    for (int i = 0; i < paths.length; i++) {
      var parent =
          (Handle) (i == 0 ? first : i == 1 ? second : requireNonNull(more[i - 2], "more"));
      paths[i] = parent.path;
      if (parent.node != null) {
        nodes.add(parent.node);
      }
    }
    Path path = new MergePath(paths);
    return CancelableHandle.of(path, MergedNode.of(path, nodes), !nodes.isEmpty());
  }

  final @Nullable Cancellation end() {
    return node == null ? null : node.end;
  }

  @Override
  public @Nullable Instant deadline() {
    DeadlinePath deadline = path.deadline();
    return deadline == null ? null : deadline.instant();
  }

  @Override
  public @Nullable Duration remaining() {
    DeadlinePath deadline = path.deadline();
    return deadline == null ? null : deadline.left();
  }

  @Override
  public Publisher<Void> done() {
    return new DonePublisher(this);
  }

  @Override
  public boolean isDone() {
    return end() != null;
  }

  @Override
  public boolean isCancelable() {
    return node != null;
  }

  @Override
  public @Nullable CtxException err() {
    Cancellation end = end();
    return end == null ? null : end.err();
  }

  @Override
  public @Nullable Throwable cause() {
    Cancellation end = end();
    return end == null ? null : end.cause();
  }

  @Override
  public void throwIfDone() {
    Cancellation end = end();
    if (end != null) {
      throw end.err().as(CtxException.Form.THROWN);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // withValue binds a key to values of its type only
  public <T> @Nullable T value(CtxKey<T> key) {
    Path.Value binding = ValueLookup.nearest(path, requireNonNull(key, "key"));
    return binding == null ? null : (T) binding.value;
  }

  @Override
  public <T> T valueOr(CtxKey<T> key, T other) {
    requireNonNull(key, "key");
    requireNonNull(other, "other");
    T value = value(key);
    return value == null ? other : value;
  }

  @Override
  public void forEachValue(BiConsumer<? super CtxKey<?>, ? super @Nullable Object> action) {
    ValueLookup.forEach(path, requireNonNull(action, "action"));
  }

  @Override
  public CancelCtx withCancel() {
    Path path = node == null ? new Path.Cancel(this.path) : Sharing.childPath(node, this.path);
    return CancelableHandle.of(path, Node.child(path, node), node != null);
  }

  @Override
  public CancelCtx withDeadline(Instant deadline) {
    requireNonNull(deadline, "deadline");
    DeadlinePath own = DeadlinePath.at(path, deadline);
    return derive(own, own.hasPassed(), null);
  }

  @Override
  public CancelCtx withDeadline(Instant deadline, Supplier<? extends @Nullable Throwable> cause) {
    requireNonNull(deadline, "deadline");
    requireNonNull(cause, "cause");
    DeadlinePath own = DeadlinePath.at(path, deadline);
    return derive(own, own.hasPassed(), cause);
  }

  @Override
  public CancelCtx withTimeout(Duration timeout) {
    requireNonNull(timeout, "timeout");
    return derive(DeadlinePath.after(path, timeout), isOver(timeout), null);
  }

  @Override
  public CancelCtx withTimeout(Duration timeout, Supplier<? extends @Nullable Throwable> cause) {
    requireNonNull(timeout, "timeout");
    requireNonNull(cause, "cause");
    return derive(DeadlinePath.after(path, timeout), isOver(timeout), cause);
  }

  @Override
  public CancelCtx withMargin(Duration keep) {
    if (requireNonNull(keep, "keep").isNegative()) {
      throw new IllegalArgumentException("keep is negative: " + keep);
    }
    DeadlinePath outer = path.deadline();
    if (outer == null) {
      return withCancel();
    }
    DeadlinePath own = DeadlinePath.before(new Path.Margin(path, keep), outer, keep);
    return derive(own, own.hasPassed(), null);
  }

  private static boolean isOver(Duration timeout) {
    return timeout.isZero() || timeout.isNegative();
  }

  /** Its own deadline ends the child where that has passed (C14) or is the earlier one (C13). */
  private CancelCtx derive(
      DeadlinePath own,
      boolean hasPassed,
      @Nullable Supplier<? extends @Nullable Throwable> cause) {
    DeadlinePath outer = path.deadline();
    boolean counts = outer == null || own.isBefore(outer);
    if (hasPassed && (counts || !isDone())) {
      return CancelableHandle.of(own, TimedNode.past(own, cause, node), true);
    }
    if (counts) {
      return CancelableHandle.of(own, TimedNode.child(own, cause, node), true);
    }
    return withCancel();
  }

  @Override
  public <T> Ctx withValue(CtxKey<T> key, @Nullable T value) {
    return new Handle(new Path.Value(path, requireNonNull(key, "key"), value), node);
  }

  @Override
  public Ctx withName(String name) {
    return new Handle(new Path.Name(path, requireNonNull(name, "name")), node);
  }

  @Override
  public Ctx withoutCancel() {
    return new Handle(new Path.Detached(path), null);
  }

  @Override
  public void await() throws InterruptedException {
    DoneWait.await(this, null);
  }

  @Override
  public boolean await(Duration timeout) throws InterruptedException {
    return DoneWait.await(this, requireNonNull(timeout, "timeout"));
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    if (DoneWait.await(this, requireNonNull(duration, "duration"))) {
      throwIfDone();
    }
  }

  @Override
  public <T extends @Nullable Object, X extends Exception> T call(Task<T, X> task) throws X {
    requireNonNull(task, "task");
    return node == null ? task.call() : new InterruptHandoff(this).call(task);
  }

  @Override
  public <X extends Exception> void run(Action<X> action) throws X {
    requireNonNull(action, "action");
    this.<Ctx, X>call(() -> {
      action.run();
      return this;
    });
  }

  /** The same context, without the power to cancel it (C38). */
  final Ctx withoutPower() {
    return new Handle(path, node);
  }

  @Override
  public Registration onDone(Runnable callback) {
    return register(new Callback(requireNonNull(callback, "callback"), null));
  }

  @Override
  public Registration onDone(Runnable callback, Executor executor) {
    requireNonNull(callback, "callback");
    return register(new Callback(callback, requireNonNull(executor, "executor")));
  }

  private Registration register(Callback callback) {
    if (!callback.listen(this)) {
      callback.fire(requireNonNull(end()));
    }
    return callback;
  }

  @Override
  public String tree() {
    return Tree.draw(path, node);
  }

  @Override
  public String toString() {
    return path.text();
  }
}

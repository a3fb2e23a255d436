package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * What users hold: how the context was derived ({@link Path}), and its cancel state ({@link Node}).
 *
 * <p>Two references and no behaviour of its own. Value and name layers have a path of their own and
 * share the node; only {@link Cancelable} can cancel it. The file is long because {@link Lost}, which
 * watches those, stands in it.
 */
sealed class Handle implements Ctx permits Handle.Cancelable {
  static final Handle BACKGROUND = root("background", SystemTime.INSTANCE);
  static final Handle TODO = root("todo", SystemTime.INSTANCE);

  final Path path;

  /** Null: can never be done. */
  final @Nullable Node node;

  private Handle(Path path, @Nullable Node node) {
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
    Path path = new Path.Merge(paths);
    return Cancelable.of(path, MergedNode.of(path, nodes), !nodes.isEmpty());
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
    Path path = node == null ? new Path.Cancel(this.path) : node.childPath(this.path);
    return Cancelable.of(path, Node.child(path, node), node != null);
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
      return Cancelable.of(own, TimedNode.past(own, cause, node), true);
    }
    if (counts) {
      return Cancelable.of(own, TimedNode.child(own, cause, node), true);
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
    return Tree.draw(this);
  }

  @Override
  public String toString() {
    return path.text();
  }

  /** A context with the power to cancel it. */
  static final class Cancelable extends Handle implements CancelCtx {
    /** Shared by all handles with the power over one context; null: it is not watched. */
    private final Lost.@Nullable Power power;

    private Cancelable(Path path, Node node, Lost.@Nullable Power power) {
      super(path, node);
      this.power = power;
    }

    /**
     * The first handle of a context.
     *
     * @param held whether a parent or a timer holds the node until it is done
     */
    static Cancelable of(Path path, Node node, boolean held) {
      return new Cancelable(path, node, Lost.ONE_IN != 0 && held ? Lost.watch(node) : null);
    }

    private Node own() {
      return requireNonNull(node);
    }

    @Override
    public boolean cancel() {
      return cancel(null);
    }

    @Override
    public boolean cancel(@Nullable Throwable cause) {
      return !isOver() && Cancellation.canceled(path, cause).run(own(), null);
    }

    @Override
    public void close() {
      if (!isOver()) {
        Cancellation.closed(path).run(own(), null);
      }
    }

    private boolean isOver() {
      if (Lost.ONE_IN != 0 && power != null) {
        power.used();
      }
      Cancellation end = own().end;
      if (end != null) {
        end.awaitSettled();
      }
      return end != null;
    }

    @Override
    public CancelCtx withName(String name) {
      return new Cancelable(new Path.Name(path, requireNonNull(name, "name")), own(), power);
    }
  }

  /**
   * Watches that the power to cancel a context is not dropped unused: Go's {@code vet lostcancel}, at run
   * time (C39).
   *
   * <p>The handles that can cancel one context share a {@link Power}. When the collector has that and the
   * context is live, something else holds the context, its parent or its timer, and nobody can end it
   * early any more: that is reported. It is looked for when the next context is watched; there is no
   * thread. What is kept of a watched context is a weak reference, so that a tree that nothing else holds
   * can go as ever, and where it was made, as text, so that no class loader is held.
   */
  private static final class Lost extends PhantomReference<Lost.Power> {
    /** Of how many contexts one is watched; 0: none. */
    static final int ONE_IN = oneIn(System.getProperty("ctx4j.debug"));

    private static final int SAMPLE = 128;
    private static final int MOST_FRAMES = 32;
    private static final int MOST_PLACES = 1_000;
    private static final int MOST_TEXT = 500;

    private static final ReferenceQueue<Power> DROPPED = new ReferenceQueue<>();
    private static final Set<Lost> WATCHED = ConcurrentHashMap.newKeySet();
    private static final Set<StackTraceElement> REPORTED = ConcurrentHashMap.newKeySet();

    private final WeakReference<Node> node;
    private final StackTraceElement[] made;

    private Lost(Power power, Node node) {
      super(power, DROPPED);
      this.node = new WeakReference<>(node);
      this.made = StackWalker.getInstance()
          .walk(frames -> frames
              .dropWhile(frame -> isOurs(frame.getClassName()))
              .limit(MOST_FRAMES)
              .map(StackWalker.StackFrame::toStackTraceElement)
              .toArray(StackTraceElement[]::new));
    }

    private static int oneIn(@Nullable String debug) {
      return "true".equalsIgnoreCase(debug) ? 1 : "sample".equalsIgnoreCase(debug) ? SAMPLE : 0;
    }

    private static boolean isOurs(String type) {
      return type.equals(Ctx.class.getName())
          || type.equals(Handle.class.getName())
          || type.startsWith(Handle.class.getName() + "$");
    }

    static @Nullable Power watch(Node node) {
      if (node.end != null || ThreadLocalRandom.current().nextInt(ONE_IN) != 0) {
        return null;
      }
      for (Reference<?> lost = DROPPED.poll(); lost != null; lost = DROPPED.poll()) {
        ((Lost) lost).dropped();
      }
      return new Power(node);
    }

    private void dropped() {
      Node node = this.node.get();
      if (WATCHED.remove(this)
          && node != null
          && node.end == null
          && made.length > 0
          && REPORTED.size() < MOST_PLACES
          && REPORTED.add(made[0])) {
        try {
          report(node.path.text());
        } catch (Throwable e) { // a logger is foreign
          Cancellation.report(e);
        }
      }
    }

    private void report(String text) {
      var place = new Throwable("made here");
      place.setStackTrace(made);
      int from = Math.max(0, text.length() - MOST_TEXT);
      System.getLogger("io.ctx4j")
          .log(
              System.Logger.Level.WARNING,
              "A context was dropped without being canceled or closed, and is held until its parent or its"
                  + " deadline ends it: " + (from == 0 ? "" : "…") + text.substring(from),
              place);
    }

    /** What is collected when nobody can cancel the context any more. */
    private static final class Power {
      private final Lost lost;

      Power(Node node) {
        lost = new Lost(this, node);
        WATCHED.add(lost);
      }

      void used() {
        if (WATCHED.remove(lost)) {
          lost.clear();
        }
      }
    }
  }

  /**
   * Tells Error Prone, which goes by the simple name, that to drop the result is a mistake. Its
   * {@code MustBeClosed} would be a dependency, and wrong where a child is handed to an operator.
   */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.METHOD)
  @interface CheckReturnValue {}

  /** A callback of {@link #onDone}; lets go of what it was given once it is over. */
  static final class Callback extends DoneListener implements Registration {
    private @Nullable Runnable callback;
    private @Nullable Executor executor;

    Callback(Runnable callback, @Nullable Executor executor) {
      this.callback = callback;
      this.executor = executor;
    }

    /** Does not ask for the err, which then need not be made. */
    @Override
    void call(Cancellation by) {
      Runnable callback = requireNonNull(this.callback);
      Executor executor = this.executor;
      forget();
      if (executor == null) {
        callback.run();
      } else {
        executor.execute(callback);
      }
    }

    @Override
    protected void onDone(CtxException err) {}

    @Override
    public boolean unregister() {
      boolean first = unlisten();
      if (first) {
        forget();
      }
      return first;
    }

    private void forget() {
      callback = null;
      executor = null;
    }
  }
}

package io.ctx4j;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Carries a deadline, a done signal, the reason, and values, from a caller to all that it calls.
 *
 * <p>Contexts form a tree. {@link #background()} is the root that most trees start from; each
 * {@code with…} method derives a child and leaves the parent as it is. What ends a context ends all
 * that was derived from it, and never its parents or siblings:
 *
 * <pre>{@code
 * try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(2))) {
 *   Ctx call = ctx.withValue(USER, user); // a callee gets a Ctx: it cannot cancel its caller
 *   load(call); // derives, binds, reads call.value(USER)
 * } // the end of the scope: all below is done
 * }</pre>
 *
 * <p><b>Done, and why.</b> A context is done once it was canceled, its deadline has passed, or a
 * context above it is done. Then {@link #err()} says which of the two kinds it was
 * ({@link CanceledException}, {@link DeadlineExceededException}), and {@link #cause()} why: the
 * throwable that was given to {@link CancelCtx#cancel(Throwable)} or by a deadline's supplier. Both
 * are set together, once; the first cancellation wins. Only who has a {@link CancelCtx} can cancel.
 *
 * <p><b>Marked first, told after.</b> A cancellation first makes the whole subtree done and then
 * runs the callbacks, parents before children and within one context in the order of registration.
 * So whoever is called back meets no live context below, and when {@code cancel()} returns all of
 * it is done. No lock is held while a callback, subscriber, executor, supplier or time source runs;
 * one that throws is reported to its thread's uncaught-exception handler and stops no other.
 *
 * <p><b>Time.</b> Deadlines are kept on the monotonic clock of the tree's {@link TimeSource}, and
 * can only become shorter on the way down. On {@link TimeSource#system()} callbacks of a deadline
 * run on daemon threads of the library; on another one they run where that runs its tasks.
 *
 * <p><b>What is held.</b> A live context is held by its live parent until it is done: cancel or
 * close what you derive. Once done it leaves its parent and keeps its values and its reason,
 * nothing else. Who forgets is found with the system property {@code ctx4j.debug=true}, or in
 * production with {@code ctx4j.debug=sample}: a context that was dropped without an end, while
 * something holds it, is logged, with where it was made (in Go: {@code vet lostcancel}).
 *
 * <p>In Reactor and RxJava a whole pipeline is tied to a context by one operator,
 * {@code flux.transform(CtxOps.bind(ctx))}; with core alone {@code flux.takeUntilOther(ctx.done())}
 * ends it. Instances are immutable handles, safe for use by any thread.
 *
 * @see <a href="https://pkg.go.dev/context">Go's package context</a>, whose semantics these are
 */
public sealed interface Ctx permits CancelCtx, Handle {

  /** Returns the root that is never done and has neither values nor a deadline. */
  static Ctx background() {
    return Handle.BACKGROUND;
  }

  /** Returns a {@link #background()} for where the right context is not available yet. */
  static Ctx todo() {
    return Handle.TODO;
  }

  /**
   * Returns a background whose tree lives on another clock.
   *
   * <pre>{@code
   * var time = new ManualTime();
   * CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(2));
   * time.advance(Duration.ofSeconds(2)); // ctx is done
   * }</pre>
   *
   * @param time a virtual clock in tests, or a framework's scheduler
   */
  static Ctx root(TimeSource time) {
    return Handle.root(time);
  }

  /**
   * Derives a context from several: it is done as soon as one of them is, with its err and cause.
   *
   * <p>Of parents that were done before the call the first in the list counts. A value is that of
   * the first parent that binds its key. The time source is that of {@code first}; the deadline is
   * the earliest among the parents on an equal time source, while a parent on another one ends this
   * context all the same. However it ends, nothing stays registered on any parent.
   *
   * <pre>{@code
   * CancelCtx ctx = Ctx.merge(request, shutdown); // the request's values and deadline, two ends
   * }</pre>
   */
  @CheckReturnValue
  static CancelCtx merge(Ctx first, Ctx second, Ctx... more) {
    return Handle.merge(first, second, more);
  }

  /** Returns when this context is done at the latest, also once that is past; null: no deadline. */
  @Nullable Instant deadline();

  /** Returns what is left until the deadline on the monotonic clock: zero once past; null: none. */
  @Nullable Duration remaining();

  /**
   * Returns a publisher that completes once this context is done, and never emits.
   *
   * <p>Completion needs no demand and comes on the thread that makes this context done, or at once,
   * inside {@code subscribe}, where it is done already. The only error is that of a request for
   * zero or less (Reactive Streams §3.9). Canceling the subscription takes it off this context.
   */
  @CheckReturnValue
  Publisher<Void> done();

  /** Tells whether this context is done; just past its deadline it may not be yet. */
  boolean isDone();

  /** Tells whether this context can ever be done (in Go: whether {@code Done()} is not nil). */
  boolean isCancelable();

  /**
   * Returns how this context ended; null until it is done, then always the same instance.
   *
   * <p>It is shared by a whole subtree: it has no stack trace and takes no suppressed exceptions.
   * To throw it or to send it on, use {@link #throwIfDone()} or {@link CtxException#copy()}. With
   * the system property {@code ctx4j.debug=true} its stack trace is that of who canceled.
   */
  @Nullable CtxException err();

  /** Returns why this context ended: the cause given, or {@link #err()}; null until it is done. */
  @Nullable Throwable cause();

  /** Throws a copy of {@link #err()}, with this call's stack trace, if this context is done. */
  void throwIfDone();

  /** Returns the key's nearest binding at or above this context; null: none, or bound to null. */
  <T> @Nullable T value(CtxKey<T> key);

  /** Returns {@link #value}, or {@code other} where that is null. */
  <T> T valueOr(CtxKey<T> key, T other);

  /** Calls the action with each key's nearest binding, once, also where that is bound to null. */
  void forEachValue(BiConsumer<? super CtxKey<?>, ? super @Nullable Object> action);

  /**
   * Derives a context that can be canceled.
   *
   * <pre>{@code
   * CancelCtx ctx = parent.withCancel();
   * CompletableFuture<String> near = fetch(ctx, "near");
   * CompletableFuture<String> far = fetch(ctx, "far");
   * CompletableFuture<Object> first =
   *     CompletableFuture.anyOf(near, far).whenComplete((answer, error) -> ctx.cancel());
   * }</pre>
   */
  @CheckReturnValue
  CancelCtx withCancel();

  /**
   * Derives a context that is done by the given instant.
   *
   * <p>Under a parent whose deadline is not later this is {@link #withCancel()}: the parent's
   * deadline ends both. A deadline that has passed gives a context that is done already. It is put
   * on the monotonic clock once, here; a later step of the wall clock moves nothing.
   */
  @CheckReturnValue
  CancelCtx withDeadline(Instant deadline);

  /**
   * Derives as {@link #withDeadline(Instant)}, with the cause that its own deadline ends it for.
   *
   * <pre>{@code
   * CancelCtx ctx =
   *     parent.withDeadline(windowEnds, () -> new TimeoutException("the window is over"));
   * }</pre>
   *
   * @param cause asked for at most once, when this deadline fires and before the context is done,
   *     and not where the parent's is not later; err is the cause where it gives null or throws
   */
  @CheckReturnValue
  CancelCtx withDeadline(Instant deadline, Supplier<? extends @Nullable Throwable> cause);

  /**
   * Derives a context that is done when the timeout has passed; zero or less: done already.
   *
   * <p>Otherwise as {@link #withDeadline(Instant)}. Its timer is gone once it is done.
   */
  @CheckReturnValue
  CancelCtx withTimeout(Duration timeout);

  /**
   * Derives as {@link #withTimeout(Duration)}, with a cause as for a deadline.
   *
   * <pre>{@code
   * CancelCtx ctx =
   *     parent.withTimeout(Duration.ofSeconds(2), () -> new TimeoutException("pricing was slow"));
   * // where that is what ends ctx, its cause() says so
   * }</pre>
   */
  @CheckReturnValue
  CancelCtx withTimeout(Duration timeout, Supplier<? extends @Nullable Throwable> cause);

  /**
   * Derives a context that is done so long before this one's deadline, which leaves time to answer.
   *
   * <p>By the monotonic clock, to the nanosecond; else as {@link #withDeadline(Instant)} has it:
   * done already where less is left. Where there is no deadline this is {@link #withCancel()}.
   *
   * <pre>{@code
   * try (CancelCtx call = parent.withMargin(Duration.ofMillis(50))) {
   *   return slow(call);
   * } catch (DeadlineExceededException e) {
   *   return "an answer that is still in time"; // parent has 50 ms left
   * }
   * }</pre>
   *
   * @throws IllegalArgumentException keep is negative
   */
  @CheckReturnValue
  CancelCtx withMargin(Duration keep);

  /**
   * Derives a context that binds the key; a binding to null hides an outer one.
   *
   * <p>The result is done when this context is, and cannot be cast to a {@link CancelCtx}.
   *
   * <pre>{@code
   * Ctx call = parent.withValue(USER, "grace");
   * String user = call.valueOr(USER, "nobody"); // grace; for who has parent it is who it was
   * }</pre>
   */
  @CheckReturnValue
  <T> Ctx withValue(CtxKey<T> key, @Nullable T value);

  /**
   * Gives the context a name, which {@code toString}, {@link #tree()} and the text of err show.
   *
   * <p>Name first, then derive: err's text has the nearest name at or above the context that ended.
   *
   * <pre>{@code
   * CancelCtx ctx = parent.withName("prices").withTimeout(Duration.ofSeconds(2));
   * // after 2 s ctx.err() says: context deadline exceeded (prices)
   * }</pre>
   */
  @CheckReturnValue
  Ctx withName(String name);

  /**
   * Derives a background with this context's values and time source: nothing above can end it.
   *
   * <pre>{@code
   * try (CancelCtx audit = request.withoutCancel().withTimeout(Duration.ofSeconds(5))) {
   *   request.cancel();
   *   load(audit); // goes on, for its own 5 s, and knows the user
   * }
   * }</pre>
   */
  @CheckReturnValue
  Ctx withoutCancel();

  /**
   * Waits until this context is done (in Go: {@code <-ctx.Done()}); for ever where it can never be.
   *
   * <p>Virtual threads wait without their carrier. Once it returns, all below is done, too.
   *
   * @throws InterruptedException the thread was interrupted, before or meanwhile
   */
  void await() throws InterruptedException;

  /**
   * Waits until this context is done, but no longer, by the clock of its {@link TimeSource}.
   *
   * @param timeout zero or less: looks and does not wait
   * @return true: it is done; false: the time was over first
   * @throws InterruptedException as {@link #await()}
   */
  boolean await(Duration timeout) throws InterruptedException;

  /**
   * Sleeps on the clock of the {@link TimeSource}; throws as {@link #throwIfDone()} if this is done
   * before the time is over (in Go: a {@code select} of a timer and {@code ctx.Done()}).
   *
   * @param duration zero or less: looks and does not wait
   * @throws CtxException this context is done, before or meanwhile
   * @throws InterruptedException as {@link #await()}
   */
  void sleep(Duration duration) throws InterruptedException;

  /**
   * Runs code that blocks, on this thread, which is interrupted if this context ends before it.
   *
   * <p>The interrupt comes at most once and never after the code has ended: this thread can go on
   * to other work. Another's interrupt is left as it is, unless both come: a thread has one flag.
   * Calls may nest, under any contexts; each leaves the interrupts of those around it pending.
   *
   * <p>Where the code ends by an exception once this context is done, that is suppressed in what
   * {@link #throwIfDone()} throws; an {@code Error} or {@link CtxException} comes out as it is. A
   * result that comes all the same is returned. Under a context that is done already the code is
   * not run. It reaches what reacts to interrupts: most JDBC drivers do not, on platform threads.
   *
   * @throws X what the code threw while this context was live
   * @throws CtxException this context is done, and the code was not run or threw an exception
   */
  <T extends @Nullable Object, X extends Exception> T call(Task<T, X> task) throws X;

  /**
   * Runs code that blocks as {@link #call} does, without a result.
   *
   * @throws X what the code threw while this context was live
   * @throws CtxException as {@link #call}
   */
  <X extends Exception> void run(Action<X> action) throws X;

  /**
   * Runs the callback once this context is done, on the thread that makes it done.
   *
   * <p>Where it is done already the callback runs before this method returns. Keep it short: it
   * delays who cancels, and the callbacks after it.
   *
   * @return takes the callback off again; this context holds both until then, or until it is done
   */
  Registration onDone(Runnable callback);

  /**
   * Hands the callback to the executor once this context is done (in Go: {@code AfterFunc}).
   *
   * <p>Where the executor rejects it, it is lost, and the thread's uncaught-exception handler told.
   */
  Registration onDone(Runnable callback, Executor executor);

  /**
   * Draws the live contexts at and below the nearest cancelable one, a line each, for people.
   *
   * <p>Each line has what was derived since its parent, and the time left. One that can never be
   * done shows its own line only. A merged context stands under each of its parents.
   */
  String tree();

  /** A callback that waits on a context. */
  interface Registration {
    /**
     * Takes the callback off its context; does not wait for one that runs.
     *
     * @return true: this call kept it from being started; handed to an executor counts as started
     */
    boolean unregister();
  }

  /** Code with a result, for {@link #call}; throws what it has to. */
  @FunctionalInterface
  interface Task<T extends @Nullable Object, X extends Exception> {
    /** Runs it. */
    T call() throws X;
  }

  /** Code without a result, for {@link #run}; throws what it has to. */
  @FunctionalInterface
  interface Action<X extends Exception> {
    /** Runs it. */
    void run() throws X;
  }
}

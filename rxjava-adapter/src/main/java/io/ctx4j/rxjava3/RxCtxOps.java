package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Scheduler;
import java.time.Duration;

/**
 * Ties RxJava's pipelines to a {@link Ctx}.
 *
 * <p><b>Values.</b> A subscriber of RxJava carries no context, so a Ctx goes where Go has it go: it
 * is the first parameter of what needs it, and what runs later captures it.
 *
 * <pre>{@code
 * Single<String> load(Ctx ctx, String id) {
 *   return Single.fromCallable(() -> orders.find(ctx.valueOr(TENANT, "none"), id))
 *       .compose(RxCtxOps.bind(ctx));
 * }
 * }</pre>
 *
 * <p>Where each subscription is to have a context of its own which its source sees, {@code using}
 * makes and closes it. The {@code false} closes it after the end, and after the source when the
 * consumer leaves:
 *
 * <pre>{@code
 * Single<String> loaded = Single.using(
 *     () -> parent.withTimeout(limit), ctx -> load(ctx, id), CancelCtx::close, false);
 * }</pre>
 *
 * <p>The other way, a ThreadLocal that {@code RxJavaPlugins.setScheduleHandler} copies from thread
 * to thread, is fragile: the hook is one for the whole process, and whoever sets it last has it; it
 * sees what passes a {@link Scheduler}, and not the callback of a driver or an event loop; and it
 * copies what the scheduling thread happens to have, which is not always what the subscriber had.
 */
public final class RxCtxOps {
  private RxCtxOps() {}

  /**
   * Ends a stream of any type when the context is done: {@code single.compose(RxCtxOps.bind(ctx))}.
   *
   * <p>It always ends with an error, where {@code takeUntil} gives a shortened Flowable, an empty
   * Maybe or a Completable that looks done. Put it last, after {@code observeOn}, {@code flatMap}
   * and {@code retry}, so that it ends all of them.
   *
   * <pre>{@code
   * Single<Integer> total = items
   *     .flatMapSingle(item -> price(item))
   *     .reduce(0, Integer::sum)
   *     .compose(RxCtxOps.bind(ctx)); // last: it ends all that stands above
   * }</pre>
   *
   * <dl>
   *   <dt><b>Backpressure</b>
   *   <dd>Demand passes through unchanged. The error of a done context needs none.
   *   <dt><b>Threads</b>
   *   <dd>Items stay on the source's thread. The end comes on the thread that makes the context
   *       done, or, where an item is on its way, on that one's thread, after it.
   *   <dt><b>Errors</b>
   *   <dd>Downstream gets a copy of {@link Ctx#err()}, one per subscription. An error of the source
   *       that comes once the context is done is late, and goes to {@code RxJavaPlugins.onError};
   *       not so that of a context, and not the interruption of the source's thread by the end. A
   *       source that reports its interruption there itself, as {@code fromCallable} does after any
   *       dispose, still does.
   *   <dt><b>Cancellation</b>
   *   <dd>A done context disposes upstream before it tells downstream. Disposing takes the stream
   *       off the context, and so does its end.
   *   <dt><b>Subscription</b>
   *   <dd>To a done context: the error at once, and the source is not subscribed to. With one that
   *       can never be done the result is the source itself. A source that has its one value ready
   *       ({@code Flowable.just}) has nothing to cancel: the context counts at subscription only.
   * </dl>
   */
  public static <T> CtxTransformer<T> bind(Ctx ctx) {
    return new CtxTransformer<>(requireNonNull(ctx, "ctx"), null);
  }

  /**
   * Binds to a child of the context with that timeout, a new one for each subscription.
   *
   * <p>It counts from the subscription, over the whole stream, and cannot outlast the parent's own
   * deadline; a {@code retry} downstream gives each attempt a new one. The child is closed when the
   * source ends or is disposed. Otherwise as {@link #bind}.
   *
   * <pre>{@code
   * Single<Integer> patient = price
   *     .compose(RxCtxOps.withTimeout(ctx, Duration.ofMillis(200))) // for each attempt
   *     .retry(2, error -> !ctx.isDone());
   * }</pre>
   */
  public static <T> CtxTransformer<T> withTimeout(Ctx parent, Duration timeout) {
    return new CtxTransformer<>(
        requireNonNull(parent, "parent"), requireNonNull(timeout, "timeout"));
  }

  /**
   * Returns a Completable that completes once the context is done; disposing takes it off the
   * context.
   *
   * <p>For {@code takeUntil}, where an end that downstream cannot tell from the source's own is
   * what one wants: {@code observable.takeUntil(RxCtxOps.done(ctx).toObservable())}. A Flowable
   * takes {@link Ctx#done()} itself.
   *
   * <pre>{@code
   * Observable<Long> open =
   *     ticks.takeUntil(RxCtxOps.done(ctx).toObservable()); // completes with ctx
   * }</pre>
   */
  public static Completable done(Ctx ctx) {
    return Completable.fromPublisher(requireNonNull(ctx, "ctx").done());
  }

  /**
   * Returns the clock and timer of a scheduler, also of a {@code TestScheduler}.
   *
   * <p>Use it in tests, with {@link Ctx#root(TimeSource)}, and where callbacks of deadlines are to
   * run on the scheduler. Its clock is {@link Scheduler#now}: outside of virtual time the wall
   * clock in milliseconds.
   *
   * <pre>{@code
   * TestScheduler scheduler = new TestScheduler();
   * CancelCtx ctx = Ctx.root(RxCtxOps.timeSource(scheduler)).withTimeout(Duration.ofSeconds(2));
   * scheduler.advanceTimeBy(2, TimeUnit.SECONDS); // ctx is done
   * }</pre>
   */
  public static TimeSource timeSource(Scheduler scheduler) {
    return new SchedulerTime(requireNonNull(scheduler, "scheduler"));
  }
}

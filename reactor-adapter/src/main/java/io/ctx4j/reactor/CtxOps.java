package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Ties Reactor's pipelines to a {@link Ctx}, and carries it in the subscriber's Context.
 *
 * <p>The Ctx stands in the Context under the key {@code Ctx.class}, and each of its values under
 * its own {@link CtxKey}: {@code Mono.deferContextual(view -> load(view.get(USER)))}.
 */
public final class CtxOps {
  private CtxOps() {}

  /**
   * Ends a Flux or Mono when the context is done: {@code flux.transform(CtxOps.bind(ctx))}.
   *
   * <p>Put it last, after {@code publishOn}, {@code flatMap} and {@code retry}, so that it ends all
   * of them, and before {@code cache} or {@code share} only with one that all subscribers share.
   *
   * <pre>{@code
   * Mono<Integer> total = items
   *     .flatMap(item -> price(item))
   *     .reduce(Integer::sum)
   *     .transform(CtxOps.bind(ctx)); // last: it ends all that stands above
   * }</pre>
   *
   * <dl>
   *   <dt><b>Backpressure</b>
   *   <dd>Demand passes through unchanged. The error of a done context needs none.
   *   <dt><b>Threads</b>
   *   <dd>Elements stay on the source's thread. The end by the context comes on the thread that
   *       makes it done; while an element is on its way downstream, its error comes on that one's
   *       thread, after it.
   *   <dt><b>Errors</b>
   *   <dd>Downstream gets a copy of {@link Ctx#err()}, one per subscriber. What the source still
   *       sends goes to {@code onDiscard} and {@code onErrorDropped}.
   *   <dt><b>Cancellation</b>
   *   <dd>A done context cancels upstream before it tells downstream; asynchronous cleanup upstream
   *       is not waited for. Canceling the subscription takes it off the context.
   *   <dt><b>Subscription</b>
   *   <dd>To a done context: the error at once, and the source is not subscribed to. Upstream sees
   *       the context and its values. The source of a scalar ({@code Mono.just}) is asked for
   *       nothing but its value: the context counts at subscription only.
   * </dl>
   */
  public static <T> UnaryOperator<Publisher<T>> bind(Ctx ctx) {
    return new Bind<>(new Binding.To(requireNonNull(ctx, "ctx")));
  }

  /**
   * Binds to the subscriber's own context, looked up at each subscription; none: to nothing.
   *
   * <p>Otherwise as {@link #bind(Ctx)}.
   *
   * <pre>{@code
   * Flux<Integer> prices = items.flatMap(item -> price(item)).transform(CtxOps.bind());
   * Flux<Integer> mine = prices.contextWrite(CtxOps.put(ctx)); // ends prices with ctx
   * }</pre>
   */
  public static <T> UnaryOperator<Publisher<T>> bind() {
    return new Bind<>(new Binding.Subscribers());
  }

  /**
   * Binds to a child of the subscriber's context with that timeout, a new one each time.
   *
   * <p>It counts from the subscription, over the whole stream, and cannot outlast the subscriber's
   * own deadline; a {@code retry} downstream gives each attempt a new one. The child is visible
   * above, and is closed when the source ends or is canceled. Under
   * {@code StepVerifier.withVirtualTime} a subscriber without a context has the test's clock.
   * Otherwise as {@link #bind(Ctx)}.
   *
   * <pre>{@code
   * Mono<Integer> patient = price
   *     .transform(CtxOps.withTimeout(Duration.ofMillis(200))) // for each attempt
   *     .retry(2);
   * }</pre>
   */
  public static <T> UnaryOperator<Publisher<T>> withTimeout(Duration timeout) {
    return new Bind<>(new Binding.Timeout(requireNonNull(timeout, "timeout"), null));
  }

  /**
   * As {@link #withTimeout(Duration)}, with the name in the error's text: which timeout it was.
   *
   * <pre>{@code
   * Mono<Integer> limited = price.transform(CtxOps.withTimeout(Duration.ofMillis(200), "prices"));
   * // its error: context deadline exceeded (prices)
   * }</pre>
   */
  public static <T> UnaryOperator<Publisher<T>> withTimeout(Duration timeout, String name) {
    return new Bind<>(
        new Binding.Timeout(requireNonNull(timeout, "timeout"), requireNonNull(name, "name")));
  }

  /**
   * Shows upstream the subscriber's context {@link Ctx#withoutCancel()}: its values, and no end.
   *
   * <p>This changes what upstream sees, not who may cancel it. A write that must finish, whoever
   * leaves: {@code write.transform(CtxOps.detach()).cache()}. Where others share the result, the
   * values of the first caller are no business of theirs: {@link #isolate}.
   *
   * <pre>{@code
   * Mono<Void> audited =
   *     write.transform(CtxOps.<Void>detach()).cache(); // whoever leaves, it goes on
   * }</pre>
   */
  public static <T> UnaryOperator<Publisher<T>> detach() {
    return source -> contextWrite(
        requireNonNull(source, "source"),
        context -> CtxContext.of(context, base(context).withoutCancel()));
  }

  /**
   * Hides the subscriber's context from upstream, its values too; all else in the Context stays.
   *
   * <p>For what callers share: {@code load.transform(CtxOps.isolate()).cache()} gives no caller the
   * values of the one who came first.
   *
   * <pre>{@code
   * Mono<String> shared = load.transform(CtxOps.<String>isolate()).cache();
   * // sees neither the user nor the deadline of whoever subscribes first
   * }</pre>
   */
  public static <T> UnaryOperator<Publisher<T>> isolate() {
    return source -> contextWrite(requireNonNull(source, "source"), CtxContext::isolated);
  }

  /**
   * Returns a Mono that completes, empty, once the context is done; it needs no request.
   *
   * <p>{@code flux.takeUntilOther(CtxOps.done(ctx))} truncates: downstream cannot tell it from the
   * source's own end. That is right for an event stream which may stop anywhere; everywhere else
   * use {@link #bind}.
   *
   * <pre>{@code
   * Flux<Long> ticks = Flux.interval(Duration.ofSeconds(1)).takeUntilOther(CtxOps.done(ctx));
   * }</pre>
   */
  public static Mono<Void> done(Ctx ctx) {
    return Mono.fromDirect(requireNonNull(ctx, "ctx").done());
  }

  /**
   * Returns the subscriber's context; {@link Ctx#background()} where there is none.
   *
   * <pre>{@code
   * Mono<String> greeting = CtxOps.current().map(ctx -> "Hello " + ctx.valueOr(USER, "you"));
   * }</pre>
   */
  public static Mono<Ctx> current() {
    return Mono.deferContextual(view -> Mono.just(get(view)));
  }

  /**
   * Returns the innermost context of the view; {@link Ctx#background()} where there is none.
   *
   * <pre>{@code
   * Mono<Duration> left =
   *     Mono.deferContextual(view -> Mono.justOrEmpty(CtxOps.get(view).remaining()));
   * }</pre>
   */
  public static Ctx get(ContextView view) {
    Ctx found = find(requireNonNull(view, "view"));
    return found == null ? Ctx.background() : found;
  }

  /**
   * What is derived from: the view's context; where there is none, one whose clock is the test's,
   * if any (R19).
   */
  static Ctx base(ContextView view) {
    Ctx found = find(view);
    return found == null ? VirtualTime.background() : found;
  }

  private static @Nullable Ctx find(ContextView view) {
    return view.getOrDefault(Ctx.class, null);
  }

  /**
   * For {@code contextWrite}: upstream sees the context and its values, and is not bound to it.
   *
   * <pre>{@code
   * Mono<String> visible = load.contextWrite(CtxOps.put(ctx)); // load sees ctx, and outlives it
   * }</pre>
   */
  public static Function<Context, Context> put(Ctx ctx) {
    requireNonNull(ctx, "ctx");
    return context -> CtxContext.of(context, ctx);
  }

  /**
   * For {@code contextWrite}: upstream sees a child of the subscriber's context that binds the key.
   *
   * <pre>{@code
   * Mono<String> greeting = Mono.deferContextual(view -> Mono.just("Hello " + view.get(USER)))
   *     .contextWrite(CtxOps.withValue(USER, "grace"));
   * }</pre>
   *
   * @param value null hides an outer binding
   */
  public static <V> Function<Context, Context> withValue(CtxKey<V> key, @Nullable V value) {
    requireNonNull(key, "key");
    return context -> CtxContext.of(context, base(context).withValue(key, value));
  }

  /**
   * For {@code Retry.filter}: true as long as the context is live.
   *
   * <p>So a retry ends with the context that bounds it, while attempts which ran into a timeout of
   * their own ({@link #withTimeout}) are tried again.
   *
   * <pre>{@code
   * Mono<Integer> patient = price
   *     .retryWhen(Retry.max(5).filter(CtxOps.retryable(ctx))) // no attempt once ctx is done
   *     .transform(CtxOps.bind(ctx));
   * }</pre>
   */
  public static Predicate<Throwable> retryable(Ctx ctx) {
    requireNonNull(ctx, "ctx");
    return thrown -> !ctx.isDone();
  }

  /**
   * For {@code retryWhen}: tries again, with growing delays, for as long as the context has time.
   *
   * <p>Where the next delay is not shorter than what remains, it ends at once, and then, as when
   * attempts are exhausted, with the last attempt's own error; where the context has ended, with a
   * copy of its {@link Ctx#err()}.
   *
   * <pre>{@code
   * Mono<Integer> patient = price
   *     .retryWhen(
   *         CtxOps.retry(ctx, 5, Duration.ofMillis(20))) // not if ctx has less than that left
   *     .transform(CtxOps.bind(ctx));
   * }</pre>
   *
   * @param maxAttempts how often it is tried again
   * @param minBackoff the first delay, doubled for each further one; zero: none
   * @throws IllegalArgumentException minBackoff is negative
   */
  public static CtxRetry retry(Ctx ctx, long maxAttempts, Duration minBackoff) {
    return CtxRetry.of(requireNonNull(ctx, "ctx"), maxAttempts, minBackoff);
  }

  /**
   * For {@code retryWhen}: as {@link #retry(Ctx, long, Duration)}, under the subscriber's context.
   *
   * <pre>{@code
   * Mono<Integer> patient = price.retryWhen(CtxOps.retry(5, Duration.ofMillis(20)));
   * Mono<Integer> mine = patient.transform(CtxOps.bind(ctx)); // as long as ctx has time
   * }</pre>
   *
   * @throws IllegalArgumentException minBackoff is negative
   */
  public static CtxRetry retry(long maxAttempts, Duration minBackoff) {
    return CtxRetry.of(null, maxAttempts, minBackoff);
  }

  /**
   * Returns the clock and timer of a scheduler, also of a {@code VirtualTimeScheduler}.
   *
   * <p>Use it in tests, with {@link Ctx#root(TimeSource)}, and where callbacks of deadlines are to
   * run on the scheduler. Its clock is {@link Scheduler#now}: outside of virtual time the wall
   * clock in milliseconds.
   *
   * <pre>{@code
   * VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
   * CancelCtx ctx = Ctx.root(CtxOps.timeSource(scheduler)).withTimeout(Duration.ofSeconds(2));
   * scheduler.advanceTimeBy(Duration.ofSeconds(2)); // ctx is done
   * }</pre>
   */
  public static TimeSource timeSource(Scheduler scheduler) {
    return new SchedulerTime(requireNonNull(scheduler, "scheduler"));
  }

  /** The one place where {@code contextWrite} meets the two types. */
  static <T> Publisher<T> contextWrite(
      Publisher<T> source, Function<Context, Context> contextChange) {
    return source instanceof Mono<T> mono
        ? mono.contextWrite(contextChange)
        : Flux.from(source).contextWrite(contextChange);
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Retries with growing delays for as long as a context has time; made by {@link CtxOps#retry(Ctx,
 * long, Duration)}.
 *
 * <p>As {@link Retry#backoff} it waits twice as long after each failure, with jitter. What differs:
 * it does not wait where the delay would outlast the context's deadline; it ends with the last
 * attempt's own error, and not with one that says how often it was tried; and the context ends it
 * while it waits.
 *
 * <p>Immutable: each method returns another one.
 */
public final class CtxRetry extends Retry {
  /**
   * As a TimeSource is asked for (C35): a scheduler that adds its own time to a longer one may
   * overflow.
   */
  private static final Duration MAX_DELAY = Duration.ofDays(36_500);

  private final Settings settings;

  private CtxRetry(Settings settings) {
    this.settings = settings;
  }

  /** @param ctx null: the subscriber's */
  static CtxRetry of(@Nullable Ctx ctx, long maxAttempts, Duration minBackoff) {
    if (requireNonNull(minBackoff, "minBackoff").isNegative()) {
      throw new IllegalArgumentException("minBackoff is negative: " + minBackoff);
    }
    return new CtxRetry(new Settings(
        ctx, maxAttempts, minBackoff, MAX_DELAY, 0.5, error -> true, signal -> {}, null));
  }

  private record Settings(
      @Nullable Ctx ctx,
      long maxAttempts,
      Duration minBackoff,
      Duration maxBackoff,
      double jitter,
      Predicate<? super Throwable> filter,
      Consumer<RetrySignal> beforeRetry,
      @Nullable Scheduler scheduler) {}

  /** Returns one that waits no longer than that; by default there is no limit. */
  public CtxRetry maxBackoff(Duration max) {
    if (requireNonNull(max, "max").isNegative()) {
      throw new IllegalArgumentException("max is negative: " + max);
    }
    return new CtxRetry(new Settings(
        settings.ctx,
        settings.maxAttempts,
        settings.minBackoff,
        min(max, MAX_DELAY),
        settings.jitter,
        settings.filter,
        settings.beforeRetry,
        settings.scheduler));
  }

  /**
   * Returns one whose delays are so much longer or shorter, at random, within their limits; by
   * default 0.5.
   *
   * @param factor between 0 and 1
   */
  public CtxRetry jitter(double factor) {
    if (!(factor >= 0 && factor <= 1)) {
      throw new IllegalArgumentException("factor is not between 0 and 1: " + factor);
    }
    return new CtxRetry(new Settings(
        settings.ctx,
        settings.maxAttempts,
        settings.minBackoff,
        settings.maxBackoff,
        factor,
        settings.filter,
        settings.beforeRetry,
        settings.scheduler));
  }

  /**
   * Returns one that tries again after such errors alone; others pass through. Replaces the filter
   * before.
   */
  public CtxRetry filter(Predicate<? super Throwable> retryable) {
    return new CtxRetry(new Settings(
        settings.ctx,
        settings.maxAttempts,
        settings.minBackoff,
        settings.maxBackoff,
        settings.jitter,
        requireNonNull(retryable, "retryable"),
        settings.beforeRetry,
        settings.scheduler));
  }

  /** Returns one that calls the action before each delay, after those given before. */
  public CtxRetry doBeforeRetry(Consumer<RetrySignal> action) {
    return new CtxRetry(new Settings(
        settings.ctx,
        settings.maxAttempts,
        settings.minBackoff,
        settings.maxBackoff,
        settings.jitter,
        settings.filter,
        settings.beforeRetry.andThen(requireNonNull(action, "action")),
        settings.scheduler));
  }

  /** Returns one that waits there; by default {@link Schedulers#parallel()}. */
  public CtxRetry scheduler(Scheduler backoff) {
    return new CtxRetry(new Settings(
        settings.ctx,
        settings.maxAttempts,
        settings.minBackoff,
        settings.maxBackoff,
        settings.jitter,
        settings.filter,
        settings.beforeRetry,
        requireNonNull(backoff, "backoff")));
  }

  /** For {@code retryWhen}. */
  @Override
  public Publisher<?> generateCompanion(Flux<RetrySignal> retrySignals) {
    return Flux.deferContextual(view -> {
      Ctx ctx = settings.ctx == null ? CtxOps.get(view) : settings.ctx;
      return retrySignals.concatMap(signal -> next(ctx, signal.copy())).onErrorStop();
    });
  }

  /** The wait before the next attempt, or the error that ends it. */
  private Publisher<?> next(Ctx ctx, RetrySignal signal) {
    Throwable failure = signal.failure();
    CtxException end = ctx.err();
    if (end != null) {
      return Mono.error(end.copy());
    }
    if (signal.totalRetries() >= settings.maxAttempts || !settings.filter.test(failure)) {
      return Mono.error(failure);
    }
    Duration delay = jittered(backoff(signal.totalRetries()));
    Duration remaining = ctx.remaining();
    if (remaining != null && delay.compareTo(remaining) >= 0) {
      return Mono.error(failure);
    }
    settings.beforeRetry.accept(signal);
    return delay.isZero()
        ? Mono.just(signal)
        : Mono.delay(delay, scheduler()).transform(CtxOps.bind(ctx));
  }

  private Scheduler scheduler() {
    return settings.scheduler == null ? Schedulers.parallel() : settings.scheduler;
  }

  /** The first, doubled for each retry before, up to the longest. */
  private Duration backoff(long retries) {
    Duration backoff = settings.minBackoff;
    for (long i = 0;
        i < retries && !backoff.isZero() && backoff.compareTo(settings.maxBackoff) < 0;
        i++) {
      backoff = backoff.multipliedBy(2);
    }
    return min(backoff, settings.maxBackoff);
  }

  private Duration jittered(Duration backoff) {
    long nanos = backoff.toNanos();
    long most = (long) (nanos * settings.jitter);
    long shortest = Math.max(nanos - most, min(backoff, settings.minBackoff).toNanos());
    long longest = Math.min(nanos + most, settings.maxBackoff.toNanos());
    return Duration.ofNanos(
        shortest < longest ? ThreadLocalRandom.current().nextLong(shortest, longest) : shortest);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}

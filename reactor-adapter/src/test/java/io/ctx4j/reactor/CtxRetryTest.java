package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.retry.Retry;

/** Trying again with growing delays, for as long as there is time. */
class CtxRetryTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final CancelCtx ctx =
      Ctx.root(CtxOps.timeSource(time)).withTimeout(Duration.ofSeconds(10));
  private final AtomicInteger attempts = new AtomicInteger();
  private final List<Long> at = new ArrayList<>();

  private final Mono<Integer> failing = Mono.defer(() -> {
    at.add(time.now(TimeUnit.MILLISECONDS));
    return Mono.error(new IllegalStateException("own " + attempts.incrementAndGet()));
  });

  private CtxRetry retry(long maxAttempts, Duration minBackoff) {
    return CtxOps.retry(ctx, maxAttempts, minBackoff).jitter(0).scheduler(time);
  }

  @Test
  @DisplayName(
      "U2, U3 the next delay would outlast the deadline: it ends at once, with the last attempt's error")
  void retry_delayOutlasts_endsAtOnce() {
    var probe = Probe.on(failing.retryWhen(retry(100, SECOND)));
    time.advanceTimeBy(Duration.ofSeconds(7));

    probe.assertSignals("error own 4"); // after 1, 2 and 4 s; the next would be after 8
    assertThat(at).containsExactly(0L, 1_000L, 3_000L, 7_000L);
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("U2 Reactor's backoff waits into the deadline, and then hides what went wrong")
  void backoff_outlastsTheDeadline() {
    var probe = Probe.on(failing
        .retryWhen(
            Retry.backoff(100, SECOND).jitter(0).scheduler(time).filter(CtxOps.retryable(ctx)))
        .transform(CtxOps.bind(ctx)));
    time.advanceTimeBy(Duration.ofSeconds(9));
    assertThat(probe.isOver()).isFalse();

    time.advanceTimeBy(SECOND);

    probe.assertSignals("cut");
    assertThat(attempts).hasValue(4);
  }

  @Test
  @DisplayName("U2 a delay exactly as long as what remains is not shorter; one nanosecond less is")
  void retry_delayIsWhatRemains_ends() {
    Probe.on(failing.retryWhen(retry(100, Duration.ofSeconds(10)))).assertSignals("error own 1");
    assertThat(at).containsExactly(0L);

    var probe = Probe.on(failing.retryWhen(retry(1, Duration.ofSeconds(10).minusNanos(1))));
    assertThat(probe.isOver()).isFalse();
    time.advanceTimeBy(Duration.ofSeconds(10).minusNanos(1));
    probe.assertSignals("error own 3");
  }

  @Test
  @DisplayName("U3 attempts are exhausted: the last attempt's own error, the same instance")
  void retry_exhausted_endsWithTheLastError() {
    var error = new IllegalStateException("own");
    var probe = Probe.on(Mono.<Integer>error(error).retryWhen(retry(2, Duration.ZERO)));
    assertThat(probe.error()).isSameAs(error);
    assertThat(error.getSuppressed()).isEmpty();
    assertThat(error.getCause()).isNull();

    Probe.on(failing.retryWhen(retry(3, Duration.ZERO))).assertSignals("error own 4");
    Probe.on(failing.retryWhen(retry(0, SECOND))).assertSignals("error own 5");
  }

  @Test
  @DisplayName(
      "U3 ctx has ended: with a copy of its error, before another attempt, or while it waits")
  void retry_ctxEnds_endsWithCtxs() {
    var waiting = Probe.on(failing.retryWhen(retry(100, SECOND)));
    Mono<Integer> ending = failing.doOnError(e -> ctx.cancel(new Exception("why")));

    Probe.on(ending.retryWhen(retry(100, SECOND))).assertSignals("cut");

    waiting.assertSignals("cut");
    assertThat(waiting.error()).isNotSameAs(ctx.err()).hasCause(ctx.cause());
    time.advanceTimeBy(Duration.ofSeconds(100));
    assertThat(attempts).hasValue(2);
  }

  @Test
  @DisplayName("U3 ctx was done before: one attempt, and ctx's error in place of its own")
  void retry_doneBefore_endsWithCtxs() {
    ctx.cancel();
    var done = Probe.on(failing.retryWhen(retry(100, SECOND)));
    done.assertSignals("cut");
    assertThat(done.error()).isNotSameAs(ctx.err()); // who gets it may change it
    assertThat(attempts).hasValue(1);
  }

  @Test
  @DisplayName(
      "U2 the deadline has passed, and ctx is not done yet: no retry, not even without a delay")
  void retry_pastTheDeadline_ends() {
    var clock = new LateTime();
    CancelCtx late = Ctx.root(clock).withTimeout(SECOND);
    clock.nanos += 2_000_000_000L;

    Probe.on(failing.retryWhen(CtxOps.retry(late, 5, Duration.ZERO))).assertSignals("error own 1");
  }

  private static final class LateTime implements TimeSource {
    private long nanos;

    @Override
    public Instant now() {
      return Instant.ofEpochSecond(0, nanos);
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      return () -> true;
    }
  }

  @Test
  @DisplayName(
      "U2 under the subscriber's ctx, which a bind below puts there; under none there is no limit")
  void retry_subscribersCtx_counts() {
    CtxRetry own = CtxOps.retry(100, SECOND).jitter(0).scheduler(time);
    var bound = Probe.on(failing.retryWhen(own).transform(CtxOps.bind(ctx)));
    var put = Probe.on(failing.retryWhen(own).contextWrite(CtxOps.put(ctx)));
    var none = Probe.on(Mono.<Integer>error(new Exception("none"))
        .retryWhen(CtxOps.retry(4, SECOND).jitter(0).scheduler(time)));
    time.advanceTimeBy(Duration.ofSeconds(7));

    assertThat(bound.signals()).singleElement().asString().startsWith("error own");
    assertThat(put.signals()).singleElement().asString().startsWith("error own");
    assertThat(none.isOver()).isFalse();
    time.advanceTimeBy(Duration.ofSeconds(8));
    none.assertSignals("error none");
  }

  @Test
  @DisplayName(
      "U3 an attempt that ran into its own timeout is tried again; what passes the filter only is")
  void retry_ownTimeoutAndFilter() {
    Mono<Integer> loop = Mono.defer(
            () -> attempts.incrementAndGet() < 3 ? Mono.<Integer>never() : Mono.just(7))
        .transform(CtxOps.<Integer>withTimeout(SECOND))
        .as(Mono::from)
        .retryWhen(CtxOps.retry(100, Duration.ofMillis(10)).jitter(0).scheduler(time))
        .contextWrite(CtxOps.put(ctx));
    var probe = Probe.on(loop);
    time.advanceTimeBy(Duration.ofSeconds(5));
    probe.assertSignals(7, "complete");

    attempts.set(0);
    Probe.on(failing.retryWhen(retry(100, Duration.ZERO)
            .filter(e -> true)
            .filter(e -> !"own 3".equals(e.getMessage()))))
        .assertSignals("error own 3");
  }

  @Test
  @DisplayName(
      "U2 delays double up to the longest, are jittered within their limits, and never overflow")
  void retry_delays_asReactorsBackoff() {
    Ctx endless = Ctx.background();
    var probe = Probe.on(failing.retryWhen(CtxOps.retry(endless, 6, SECOND)
        .maxBackoff(Duration.ofSeconds(5))
        .jitter(0)
        .scheduler(time)));
    time.advanceTimeBy(Duration.ofSeconds(100));
    assertThat(at).containsExactly(0L, 1_000L, 3_000L, 7_000L, 12_000L, 17_000L, 22_000L);
    probe.assertSignals("error own 7");

    at.clear();
    Probe.on(failing.retryWhen(CtxOps.retry(endless, 200, SECOND)
        .maxBackoff(Duration.ofSeconds(4))
        .jitter(1)
        .scheduler(time)));
    time.advanceTimeBy(Duration.ofSeconds(2_000));
    assertThat(at).hasSize(201);
    for (int i = 1; i < at.size(); i++) {
      assertThat(at.get(i) - at.get(i - 1)).isBetween(999L, 4_001L);
    }

    for (Duration min : new Duration[] {HUGE, Duration.ofDays(200 * 365), Duration.ofNanos(1)}) {
      var waiting =
          Probe.on(failing.retryWhen(CtxOps.retry(endless, Long.MAX_VALUE, min).scheduler(time)));
      assertThat(waiting.signals()).isEmpty();
      Probe.on(failing.retryWhen(CtxOps.retry(ctx, 1, HUGE).maxBackoff(HUGE).jitter(1)));
      waiting.cancel();
    }
    Probe.on(failing.retryWhen(CtxOps.retry(endless, 3, HUGE).maxBackoff(Duration.ZERO)))
        .signals()
        .forEach(signal -> assertThat(signal).asString().startsWith("error own"));
  }

  @Test
  @DisplayName("U3 doBeforeRetry is called before each delay, in order; what it throws ends it")
  void retry_doBeforeRetry_isCalled() {
    List<String> seen = new ArrayList<>();
    CtxRetry plain = retry(2, SECOND);
    CtxRetry told = plain
        .doBeforeRetry(signal -> seen.add("a" + signal.totalRetries()))
        .doBeforeRetry(signal -> seen.add("b " + signal.failure().getMessage()));
    Probe.on(failing.retryWhen(told));
    assertThat(seen).containsExactly("a0", "b own 1");
    time.advanceTimeBy(Duration.ofSeconds(5));
    assertThat(seen).containsExactly("a0", "b own 1", "a1", "b own 2");

    seen.clear();
    Probe.on(failing.retryWhen(plain));
    assertThat(seen).as("immutable").isEmpty();
    Probe.on(failing.retryWhen(plain.doBeforeRetry(signal -> {
          throw new IllegalArgumentException("listener");
        })))
        .assertSignals("error listener");
  }

  @Test
  @DisplayName("U2 waits on Schedulers.parallel() unless set: StepVerifier's time moves it")
  void retry_virtualTime_moves() {
    StepVerifier.withVirtualTime(() -> Flux.error(new Exception("own"))
            .retryWhen(CtxOps.retry(Ctx.background(), 2, Duration.ofHours(1)).jitter(0)))
        .expectSubscription()
        .expectNoEvent(Duration.ofHours(3).minusNanos(1))
        .thenAwait(Duration.ofNanos(1))
        .expectErrorMessage("own")
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName("U2 canceled while it waits: nothing stays on ctx")
  void retry_canceled_leavesNothing() {
    for (int i = 0; i < 1_000; i++) {
      Probe.on(failing.retryWhen(retry(100, SECOND))).cancel();
    }
    assertThat(ctx.tree().lines()).hasSize(1);
    int before = attempts.get();
    time.advanceTimeBy(Duration.ofSeconds(9));
    assertThat(attempts).hasValue(before);
  }

  @Test
  @DisplayName(
      "C31 null names the parameter; a negative duration and a factor out of range are refused")
  @SuppressWarnings("NullAway") // on purpose
  void arguments_areChecked() {
    CtxRetry any = CtxOps.retry(1, SECOND);
    assertThatThrownBy(() -> CtxOps.retry(null, 1, SECOND)).hasMessage("ctx");
    assertThatThrownBy(() -> CtxOps.retry(ctx, 1, null)).hasMessage("minBackoff");
    assertThatThrownBy(() -> CtxOps.retry(1, null)).hasMessage("minBackoff");
    assertThatThrownBy(() -> any.maxBackoff(null)).hasMessage("max");
    assertThatThrownBy(() -> any.filter(null)).hasMessage("retryable");
    assertThatThrownBy(() -> any.doBeforeRetry(null)).hasMessage("action");
    assertThatThrownBy(() -> any.scheduler(null)).hasMessage("backoff");
    for (double factor : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> any.jitter(factor)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> CtxOps.retry(1, SECOND.negated()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> any.maxBackoff(SECOND.negated()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.retry.Retry;

/** Trying again under a context. */
class RetryTest {
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final CancelCtx ctx =
      Ctx.root(CtxOps.timeSource(time)).withTimeout(Duration.ofSeconds(10));
  private final AtomicInteger attempts = new AtomicInteger();

  private final Mono<Integer> failing = Mono.defer(() -> {
    attempts.incrementAndGet();
    return Mono.error(new IllegalStateException("own"));
  });

  private static final Mono<Integer> NEVER = Mono.never();

  @Test
  @DisplayName("R12 retry downstream of a done bind never reaches the source")
  void retry_done_neverReachesTheSource() {
    ctx.cancel();

    Probe.on(failing.transform(CtxOps.bind(ctx)).retry(1_000)).assertSignals("cut");

    assertThat(attempts).hasValue(0);
  }

  @Test
  @DisplayName("R12 retry whose ctx is done between two attempts does not reach the source again")
  void retry_doneMeanwhile_stopsReachingTheSource() {
    Mono<Integer> source = failing.doOnError(e -> {
      if (attempts.get() == 3) {
        ctx.cancel();
      }
    });

    Probe.on(source.transform(CtxOps.bind(ctx)).retry(1_000)).assertSignals("cut");

    assertThat(attempts).hasValue(3);
  }

  @Test
  @DisplayName("R12 repeat whose ctx is done does not reach the source again")
  void repeat_doneMeanwhile_stopsReachingTheSource() {
    Flux<Integer> source = Flux.defer(() -> {
      if (attempts.incrementAndGet() == 3) {
        ctx.cancel();
        return Flux.empty();
      }
      return Flux.just(attempts.get());
    });

    Probe.on(source.transform(CtxOps.bind(ctx)).repeat(1_000)).assertSignals(1, 2, "cut");

    assertThat(attempts).hasValue(3);
  }

  @Test
  @DisplayName("R12 the filter ends a backoff loop with ctx, by the error that was being retried")
  void retryable_ctxDone_endsTheLoop() {
    Mono<Integer> loop = failing
        .transform(CtxOps.bind(ctx))
        .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofSeconds(1))
            .maxBackoff(Duration.ofSeconds(1))
            .jitter(0)
            .scheduler(time)
            .filter(CtxOps.retryable(ctx)));
    var probe = Probe.on(loop);

    time.advanceTimeBy(Duration.ofMillis(9_500));
    assertThat(probe.isOver()).isFalse();
    assertThat(attempts).hasValue(10);
    time.advanceTimeBy(Duration.ofSeconds(1));

    probe.assertSignals("cut");
    assertThat(attempts).hasValue(10);
  }

  @Test
  @DisplayName("R12 the filter lets an attempt that ran into its own timeout be tried again")
  void retryable_ownTimeout_isTriedAgain() {
    Mono<Integer> loop = Mono.defer(() -> attempts.incrementAndGet() < 4 ? NEVER : Mono.just(7))
        .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
        .retryWhen(Retry.max(1_000).filter(CtxOps.retryable(ctx)))
        .contextWrite(CtxOps.put(ctx));
    var probe = Probe.on(loop);

    time.advanceTimeBy(Duration.ofSeconds(5));

    probe.assertSignals(7, "complete");
    assertThat(attempts).hasValue(4);
  }

  @Test
  @DisplayName(
      "R12 the filter ends the loop of timed attempts when the context over all of them is done")
  void retryable_timedAttempts_endWithCtx() {
    Mono<Integer> loop = Mono.defer(() -> {
          attempts.incrementAndGet();
          return NEVER;
        })
        .transform(CtxOps.withTimeout(Duration.ofSeconds(3)))
        .retryWhen(Retry.max(1_000).filter(CtxOps.retryable(ctx)))
        .contextWrite(CtxOps.put(ctx));
    var probe = Probe.on(loop);

    time.advanceTimeBy(Duration.ofSeconds(60));

    probe.assertSignals("cut");
    assertThat(attempts).hasValue(4);
  }

  @Test
  @DisplayName("R12 bind last ends attempts and the waiting between them")
  void bindLast_endsTheWaiting() {
    Mono<Integer> loop = failing
        .retryWhen(Retry.fixedDelay(1_000, Duration.ofSeconds(8)).scheduler(time))
        .transform(CtxOps.bind(ctx));
    var probe = Probe.on(loop);

    time.advanceTimeBy(Duration.ofSeconds(10));

    probe.assertSignals("cut");
    assertThat(attempts).hasValue(2);
    time.advanceTimeBy(Duration.ofSeconds(100));
    assertThat(attempts).hasValue(2);
  }

  @Test
  @DisplayName(
      "R12 retryable: any error as long as ctx is live, none once it is done, and for ever without an end")
  void retryable_isWhetherCtxIsLive() {
    var any = new IllegalStateException();
    assertThat(CtxOps.retryable(ctx)).accepts(any, new Exception());
    assertThat(CtxOps.retryable(Ctx.background())).accepts(any);

    ctx.cancel();

    assertThat(CtxOps.retryable(ctx)).rejects(any, new Exception());
  }
}

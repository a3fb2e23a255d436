package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.retry.Retry;

/** The examples in the javadoc of {@link CtxOps} do what they say. */
class CtxOpsJavadocTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final Duration STUCK = Duration.ofSeconds(30);

  private final ManualTime time = new ManualTime();
  private final CancelCtx ctx = Ctx.root(time).withValue(USER, "ada").withCancel();
  private final Sinks.Empty<Integer> unanswered = Sinks.empty();

  @AfterEach
  void end() {
    ctx.cancel();
  }

  private Mono<Integer> price(String item) {
    return item.isEmpty() ? unanswered.asMono() : Mono.just(item.length());
  }

  @Test
  void bind_canceled_endsAllOfIt() {
    Flux<String> items = Flux.just("pen", "", "ink");
    // region bind
    Mono<Integer> total = items
        .flatMap(item -> price(item))
        .reduce(Integer::sum)
        .transform(CtxOps.bind(ctx)); // last: it ends all that stands above
    // endregion
    StepVerifier.create(total)
        .then(ctx::cancel)
        .expectError(CanceledException.class)
        .verify(STUCK);
    assertThat(unanswered.currentSubscriberCount()).isZero();
  }

  @Test
  void bindToSubscribers_canceled_ends() {
    Flux<String> items = Flux.just("");
    // region bindSubscribers
    Flux<Integer> prices = items.flatMap(item -> price(item)).transform(CtxOps.bind());
    Flux<Integer> mine = prices.contextWrite(CtxOps.put(ctx)); // ends prices with ctx
    // endregion
    StepVerifier.create(mine)
        .then(ctx::cancel)
        .expectError(CanceledException.class)
        .verify(STUCK);
  }

  @Test
  void withTimeout_retried_eachAttemptHasItsOwn() {
    var attempts = new AtomicInteger();
    Mono<Integer> price =
        Mono.defer(() -> attempts.incrementAndGet() < 3 ? Mono.<Integer>never() : Mono.just(7));
    // region withTimeout
    Mono<Integer> patient = price
        .transform(CtxOps.withTimeout(Duration.ofMillis(200))) // for each attempt
        .retry(2);
    // endregion
    StepVerifier.withVirtualTime(() -> patient)
        .thenAwait(Duration.ofMillis(400))
        .expectNext(7)
        .expectComplete()
        .verify(STUCK);
  }

  @Test
  void withTimeoutAndName_passes_saysWhich() {
    Mono<Integer> price = Mono.never();
    // region withTimeoutName
    Mono<Integer> limited = price.transform(CtxOps.withTimeout(Duration.ofMillis(200), "prices"));
    // its error: context deadline exceeded (prices)
    // endregion
    StepVerifier.withVirtualTime(() -> limited)
        .thenAwait(Duration.ofMillis(200))
        .expectErrorMessage("context deadline exceeded (prices)")
        .verify(STUCK);
  }

  @Test
  void detach_callerLeaves_writeGoesOn() {
    TestPublisher<Void> database = TestPublisher.create();
    Mono<Void> write = database.mono().transform(CtxOps.bind());
    // region detach
    Mono<Void> audited =
        write.transform(CtxOps.<Void>detach()).cache(); // whoever leaves, it goes on
    // endregion
    StepVerifier.create(audited.transform(CtxOps.bind(ctx)))
        .then(ctx::cancel)
        .expectError(CanceledException.class)
        .verify(STUCK);
    database.assertSubscribers(1);
    database.complete();
    StepVerifier.create(audited).expectComplete().verify(STUCK);
  }

  @Test
  void isolate_firstCallersValues_areNotShared() {
    Mono<String> load = CtxOps.current().map(own -> own.valueOr(USER, "nobody"));
    // region isolate
    Mono<String> shared = load.transform(CtxOps.<String>isolate()).cache();
    // sees neither the user nor the deadline of whoever subscribes first
    // endregion
    StepVerifier.create(shared.contextWrite(CtxOps.put(ctx)))
        .expectNext("nobody")
        .expectComplete()
        .verify(STUCK);
  }

  @Test
  void done_ctxEnds_truncates() {
    // region done
    Flux<Long> ticks = Flux.interval(Duration.ofSeconds(1)).takeUntilOther(CtxOps.done(ctx));
    // endregion
    StepVerifier.create(ticks)
        .then(ctx::cancel)
        .thenConsumeWhile(tick -> true) // on a machine that stalls
        .expectComplete()
        .verify(STUCK);
  }

  @Test
  void current_boundSubscriber_isItsCtx() {
    // region current
    Mono<String> greeting = CtxOps.current().map(ctx -> "Hello " + ctx.valueOr(USER, "you"));
    // endregion
    StepVerifier.create(greeting.transform(CtxOps.bind(ctx)))
        .expectNext("Hello ada")
        .expectComplete()
        .verify(STUCK);
    StepVerifier.create(greeting).expectNext("Hello you").expectComplete().verify(STUCK);
  }

  @Test
  void get_view_isItsCtx() {
    // region get
    Mono<Duration> left =
        Mono.deferContextual(view -> Mono.justOrEmpty(CtxOps.get(view).remaining()));
    // endregion
    CancelCtx call = ctx.withTimeout(Duration.ofSeconds(2));
    StepVerifier.create(left.contextWrite(CtxOps.put(call)))
        .expectNext(Duration.ofSeconds(2))
        .expectComplete()
        .verify(STUCK);
    StepVerifier.create(left).expectComplete().verify(STUCK);
  }

  @Test
  void put_ctxEnds_isSeenAndNotBinding() {
    Mono<String> load = Mono.deferContextual(view -> Mono.just(view.get(USER)));
    // region put
    Mono<String> visible = load.contextWrite(CtxOps.put(ctx)); // load sees ctx, and outlives it
    // endregion
    ctx.cancel();
    StepVerifier.create(visible).expectNext("ada").expectComplete().verify(STUCK);
  }

  @Test
  void withValue_upstream_seesIt() {
    // region withValue
    Mono<String> greeting = Mono.deferContextual(view -> Mono.just("Hello " + view.get(USER)))
        .contextWrite(CtxOps.withValue(USER, "grace"));
    // endregion
    StepVerifier.create(greeting.transform(CtxOps.bind(ctx)))
        .expectNext("Hello grace")
        .expectComplete()
        .verify(STUCK);
  }

  @Test
  void retryable_ctxEnds_triesNoMore() {
    var attempts = new AtomicInteger();
    Mono<Integer> price = Mono.defer(() -> attempts.incrementAndGet() < 3
        ? Mono.error(new IllegalStateException("no answer"))
        : Mono.<Integer>never().doOnSubscribe(subscription -> ctx.cancel()));
    // region retryable
    Mono<Integer> patient = price
        .retryWhen(Retry.max(5).filter(CtxOps.retryable(ctx))) // no attempt once ctx is done
        .transform(CtxOps.bind(ctx));
    // endregion
    StepVerifier.create(patient).expectError(CanceledException.class).verify(STUCK);
    assertThat(attempts).hasValue(3);
    assertThat(CtxOps.retryable(ctx)).rejects(new IllegalStateException("no answer"));
  }

  @Test
  void retry_noTimeForADelay_endsWithTheAttemptsError() {
    CancelCtx ctx = this.ctx.withTimeout(Duration.ofMillis(5));
    Mono<Integer> price = Mono.error(new IllegalStateException("no answer"));
    // region retry
    Mono<Integer> patient = price
        .retryWhen(
            CtxOps.retry(ctx, 5, Duration.ofMillis(20))) // not if ctx has less than that left
        .transform(CtxOps.bind(ctx));
    // endregion
    StepVerifier.create(patient).expectErrorMessage("no answer").verify(STUCK);
  }

  @Test
  void retryOfSubscribers_noTimeForADelay_endsWithTheAttemptsError() {
    CancelCtx ctx = this.ctx.withTimeout(Duration.ofMillis(5));
    Mono<Integer> price = Mono.error(new IllegalStateException("no answer"));
    // region retrySubscribers
    Mono<Integer> patient = price.retryWhen(CtxOps.retry(5, Duration.ofMillis(20)));
    Mono<Integer> mine = patient.transform(CtxOps.bind(ctx)); // as long as ctx has time
    // endregion
    StepVerifier.create(mine).expectErrorMessage("no answer").verify(STUCK);
  }

  @Test
  void timeSource_schedulerAdvances_deadlinePasses() {
    // region timeSource
    VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
    CancelCtx ctx = Ctx.root(CtxOps.timeSource(scheduler)).withTimeout(Duration.ofSeconds(2));
    scheduler.advanceTimeBy(Duration.ofSeconds(2)); // ctx is done
    // endregion
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    scheduler.dispose();
  }
}

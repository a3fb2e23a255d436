package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.TimeSource;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Deadlines on Reactor's schedulers, the virtual one first. */
class VirtualTimeTest {
  private final VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
  private final TimeSource time = CtxOps.timeSource(virtual);
  private final Ctx root = Ctx.root(time);

  @Test
  @DisplayName("R14 StepVerifier.withVirtualTime moves deadlines")
  void withVirtualTime_movesDeadlines() {
    StepVerifier.withVirtualTime(() -> {
          Ctx ctx = Ctx.root(CtxOps.timeSource(Schedulers.parallel()))
              .withTimeout(Duration.ofMinutes(30));
          return Flux.interval(Duration.ofMinutes(10)).transform(CtxOps.bind(ctx));
        })
        .expectSubscription()
        .thenAwait(Duration.ofMinutes(29))
        .expectNext(0L, 1L)
        .thenAwait(Duration.ofMinutes(2))
        .thenConsumeWhile(tick -> tick == 2)
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName("R14 StepVerifier.withVirtualTime moves withTimeout under such a root")
  void withVirtualTime_movesWithTimeout() {
    StepVerifier.withVirtualTime(() -> Mono.never()
            .transform(CtxOps.withTimeout(Duration.ofHours(1)))
            .contextWrite(CtxOps.put(Ctx.root(CtxOps.timeSource(Schedulers.parallel())))))
        .expectSubscription()
        .expectNoEvent(Duration.ofMinutes(59))
        .thenAwait(Duration.ofMinutes(1))
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName(
      "R14 on a VirtualTimeScheduler all has happened when the advance returns, and not before")
  void advance_firesOnTime() {
    CancelCtx ctx = root.withTimeout(Duration.ofNanos(1_000_001));
    var probe = Probe.on(Flux.<Integer>never().transform(CtxOps.bind(ctx)));
    virtual.advanceTimeBy(Duration.ofMillis(1));
    assertThat(ctx.isDone()).isFalse();
    assertThat(ctx.remaining()).isEqualTo(Duration.ofNanos(1));

    virtual.advanceTimeBy(Duration.ofNanos(1));

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R14 deadlines fire in their order, parents' before children's")
  void advance_firesInOrder() {
    List<String> order = new ArrayList<>();
    CancelCtx late = root.withTimeout(Duration.ofSeconds(3));
    CancelCtx early = late.withTimeout(Duration.ofSeconds(1));
    CancelCtx middle = root.withTimeout(Duration.ofSeconds(2));
    late.onDone(() -> order.add("late"));
    early.onDone(() -> order.add("early"));
    middle.onDone(() -> order.add("middle"));

    virtual.advanceTimeBy(Duration.ofSeconds(5));

    assertThat(order).containsExactly("early", "middle", "late");
  }

  @Test
  @DisplayName("R14 instants are the scheduler's: withDeadline by its now()")
  void withDeadline_isBySchedulersClock() {
    virtual.advanceTimeBy(Duration.ofDays(1));
    assertThat(time.now()).isEqualTo(Instant.EPOCH.plus(Duration.ofDays(1)));
    CancelCtx ctx = root.withDeadline(Instant.EPOCH.plus(Duration.ofDays(2)));
    assertThat(ctx.remaining()).isEqualTo(Duration.ofDays(1));

    virtual.advanceTimeBy(Duration.ofDays(1));

    assertThat(ctx.isDone()).isTrue();
  }

  @Test
  @DisplayName("R14 a canceled context takes its timer off the scheduler")
  void cancel_takesTheTimerOff() {
    CancelCtx ctx = root.withTimeout(Duration.ofSeconds(1));
    ctx.cancel();

    virtual.advanceTimeBy(Duration.ofSeconds(2));

    assertThat(ctx.err()).isNotInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("C17 no overflow on a scheduler's clock")
  void withTimeout_extremes_doNotOverflow() {
    for (long shift : new long[] {0, 1, 1_000_000}) {
      virtual.advanceTimeBy(Duration.ofSeconds(shift));
      Duration most = Duration.ofSeconds(Long.MAX_VALUE);
      assertThat(root.withTimeout(most).isDone()).isFalse();
      assertThat(root.withTimeout(most.negated()).isDone()).isTrue();
      assertThat(root.withDeadline(Instant.MAX).isDone()).isFalse();
      assertThat(root.withDeadline(Instant.MIN).isDone()).isTrue();
      assertThat(root.withTimeout(Duration.ofDays(36_500)).isDone()).isFalse();
    }
  }

  @Test
  @DisplayName(
      "C35 unregister is true for the one call that kept the task from running, false ever after")
  void unregister_isTrueOnce() {
    var ran = new AtomicInteger();
    Ctx.Registration kept = time.schedule(ran::incrementAndGet, Duration.ofSeconds(1));
    Ctx.Registration due = time.schedule(ran::incrementAndGet, Duration.ofSeconds(1));

    assertThat(kept.unregister()).isTrue();
    assertThat(kept.unregister()).isFalse();
    virtual.advanceTimeBy(Duration.ofSeconds(1));

    assertThat(ran).hasValue(1);
    assertThat(due.unregister()).isFalse();
  }

  @Test
  @DisplayName("C35 what schedule throws comes out of withTimeout, and nothing stays on the parent")
  void schedule_rejected_leavesNothing() {
    Scheduler gone = Schedulers.newSingle("gone");
    gone.dispose();
    CancelCtx parent = Ctx.root(CtxOps.timeSource(gone)).withCancel();

    assertThatThrownBy(() -> parent.withTimeout(Duration.ofSeconds(1)))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(parent.tree().lines()).hasSize(1);
    Probe.on(Mono.<Integer>never()
            .transform(CtxOps.withTimeout(Duration.ofSeconds(1)))
            .contextWrite(CtxOps.put(parent))
            .onErrorMap(RejectedExecutionException.class, e -> new Exception("rejected")))
        .assertSignals("error rejected");
  }

  @Test
  @DisplayName(
      "C24 time sources of one scheduler are equal, of two they are not; toString names it")
  void timeSource_equality() {
    assertThat(time)
        .isEqualTo(CtxOps.timeSource(virtual))
        .hasSameHashCodeAs(CtxOps.timeSource(virtual));
    assertThat(time).isNotEqualTo(CtxOps.timeSource(VirtualTimeScheduler.create()));
    assertThat(Ctx.root(CtxOps.timeSource(Schedulers.parallel())).toString()).contains("parallel");
  }

  @Test
  @DisplayName("R14 on a real scheduler the deadline fires on its thread")
  void realScheduler_firesThere() {
    Scheduler scheduler = Schedulers.newSingle("deadlines");
    try {
      Ctx real = Ctx.root(CtxOps.timeSource(scheduler));
      var fired = new CountDownLatch(1);
      List<String> threads = new CopyOnWriteArrayList<>();
      CancelCtx ctx = real.withTimeout(Duration.ofMillis(5), () -> {
        threads.add(Thread.currentThread().getName());
        return null;
      });
      ctx.onDone(fired::countDown);
      Threads.await(fired);

      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(threads).singleElement().asString().startsWith("deadlines");
    } finally {
      scheduler.dispose();
    }
  }

  @Test
  @DisplayName("R19 withTimeout moves with StepVerifier's virtual time, without further code")
  void withTimeout_underStepVerifier_moves() {
    StepVerifier.withVirtualTime(
            () -> Mono.never().transform(CtxOps.withTimeout(Duration.ofMinutes(30))))
        .expectSubscription()
        .expectNoEvent(Duration.ofMinutes(29))
        .thenAwait(Duration.ofMinutes(1))
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
    StepVerifier.withVirtualTime(() -> Flux.interval(Duration.ofMinutes(1))
            .transform(CtxOps.withTimeout(Duration.ofSeconds(150), "ticks")))
        .thenAwait(Duration.ofHours(1))
        .expectNext(0L, 1L)
        .expectErrorMessage("context deadline exceeded (ticks)")
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName(
      "R19 so it does above detach, isolate and withValue: none of them brings a clock of its own")
  void withTimeout_aboveDerived_moves() {
    CtxKey<String> user = CtxKey.named("user");
    for (UnaryOperator<Mono<Object>> below : List.<UnaryOperator<Mono<Object>>>of(
        timed -> timed.transform(CtxOps.detach()),
        timed -> timed.transform(CtxOps.isolate()),
        timed -> timed.contextWrite(CtxOps.withValue(user, "ada")),
        timed -> timed.transform(CtxOps.detach()).contextWrite(CtxOps.withValue(user, "ada")))) {
      StepVerifier.withVirtualTime(
              () -> below.apply(Mono.never().transform(CtxOps.withTimeout(Duration.ofMinutes(30)))))
          .expectSubscription()
          .expectNoEvent(Duration.ofMinutes(29))
          .thenAwait(Duration.ofMinutes(1))
          .expectError(DeadlineExceededException.class)
          .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
    }
  }

  @Test
  @DisplayName("R19 each attempt of a retry moves, and a child of such a timeout's context")
  void withTimeout_nested_moves() {
    StepVerifier.withVirtualTime(() -> Mono.never()
            .transform(CtxOps.withTimeout(Duration.ofMinutes(10)))
            .retry(2)
            .transform(CtxOps.withTimeout(Duration.ofHours(1))))
        .expectSubscription()
        .expectNoEvent(Duration.ofMinutes(29))
        .thenAwait(Duration.ofMinutes(1))
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName(
      "R19 where the subscriber has a Ctx, its clock is kept; outside of virtual time it is the system's")
  void withTimeout_elsewhere_isTheClockItWas() {
    List<Ctx> seen = new CopyOnWriteArrayList<>();
    Mono<Ctx> timed =
        CtxOps.current().doOnNext(seen::add).transform(CtxOps.withTimeout(Duration.ofHours(1)));
    VirtualTimeScheduler.getOrSet();
    try {
      timed.contextWrite(CtxOps.put(Ctx.background())).block();
      timed.block();
    } finally {
      VirtualTimeScheduler.reset();
    }
    timed.block();

    assertThat(seen.get(0).toString()).startsWith("background.");
    assertThat(seen.get(1).toString()).startsWith("root(");
    assertThat(seen.get(2).toString()).startsWith("background.");
  }
}

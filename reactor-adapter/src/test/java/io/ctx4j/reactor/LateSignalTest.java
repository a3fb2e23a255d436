package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;
import reactor.util.context.Context;

/** What comes after the end is discarded or dropped, as the hooks want it, and never passed on. */
class LateSignalTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();
  private final Dropped dropped = Dropped.everywhere();
  private final Flux<Integer> bound = dropped.on(source.transform(CtxOps.bind(ctx)));

  @AfterEach
  void resetHooks() {
    dropped.close();
  }

  @Test
  @DisplayName("R4 elements after the cut are discarded, not dropped")
  void emit_afterTheCut_isDiscarded() {
    var probe = Probe.on(bound);
    source.emit(1);
    ctx.cancel();

    source.emit(2, 3);

    probe.assertSignals(1, "cut");
    assertThat(dropped.discarded).containsExactly(2, 3);
    assertThat(dropped.elements).isEmpty();
  }

  @Test
  @DisplayName(
      "R4 elements after the cut are discarded on the conditional path, and count as taken")
  void tryEmit_afterTheCut_isDiscarded() {
    var probe = Probe.<Integer>conditional(Long.MAX_VALUE, Context.empty())
        .to(source.transform(CtxOps.bind(ctx)));
    assertThat(source.tryEmit(1)).isTrue();
    ctx.cancel();
    assertThat(source.tryEmit(2)).isTrue();
    probe.assertSignals(1, "cut");

    CancelCtx other = Ctx.background().withCancel();
    Probe.on(dropped.on(source.transform(CtxOps.bind(other))));
    other.cancel();
    assertThat(source.tryEmit(3)).isTrue();
    assertThat(dropped.discarded).containsExactly(3);
  }

  @Test
  @DisplayName("R4 an error after the cut goes to onErrorDropped")
  void fail_afterTheCut_isDropped() {
    var late = new IllegalStateException("late");
    var probe = Probe.on(bound);
    ctx.cancel();

    source.fail(late);

    probe.assertSignals("cut");
    assertThat(dropped.errors).containsExactly(late);
  }

  @Test
  @DisplayName("R4 an error after the cut goes to the subscriber's own onErrorDropped hook")
  void fail_afterTheCut_isDroppedByTheLocalHook() {
    var late = new IllegalStateException("late");
    List<Throwable> local = new java.util.concurrent.CopyOnWriteArrayList<>();
    java.util.function.Consumer<Throwable> hook = local::add;
    Probe.on(bound.contextWrite(context -> context.put("reactor.onErrorDropped.local", hook)));
    ctx.cancel();

    source.fail(late);

    assertThat(local).containsExactly(late);
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName("R4 the error of a bind above that was cut as well is no news, and not dropped")
  void fail_byBindAbove_isNotDropped() {
    var probe = Probe.on(bound);
    ctx.cancel();

    source.fail(requireNonNull(ctx.err()).copy());

    probe.assertSignals("cut");
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName("R4 nested binds and timeouts, ended by one cancellation, drop nothing")
  void cancel_ofNestedBinds_dropsNothing() {
    CancelCtx child = ctx.withCancel();
    for (List<Ctx> nested : List.of(List.<Ctx>of(ctx, child), List.<Ctx>of(child, ctx))) {
      Probe.on(source
          .transform(CtxOps.bind(nested.get(0)))
          .flatMap(Flux::just)
          .transform(CtxOps.withTimeout(Duration.ofHours(1)))
          .publishOn(Schedulers.immediate())
          .transform(CtxOps.bind(nested.get(1))));
    }

    ctx.cancel();

    assertThat(source.canceled).hasValue(2);
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName("R4 a completion after the cut is nothing")
  void complete_afterTheCut_isNothing() {
    var probe = Probe.on(bound);
    ctx.cancel();

    source.complete();

    probe.assertSignals("cut");
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName(
      "R16 elements after the source's own end are dropped, as by every operator of Reactor's")
  void emit_afterTheEnd_isDropped() {
    var completed = Probe.on(bound);
    source.emit(1).complete();
    source.emit(2);
    completed.assertSignals(1, "complete");
    var failed = Probe.on(bound);
    source.fail(new IllegalStateException("own"));
    source.emit(3);
    failed.assertSignals("error own");
    var mono = Probe.on(source.mono().transform(CtxOps.bind(ctx)));
    source.emit(4, 5);
    mono.assertSignals(4, "complete");
    ctx.cancel();
    source.emit(6);

    assertThat(dropped.elements).containsExactly(2, 3, 5, 6);
    assertThat(dropped.discarded).isEmpty();
  }

  @Test
  @DisplayName("R4 elements after downstream's cancel do not get through, and are discarded")
  void emit_afterCancel_isDiscarded() {
    var canceled = Probe.on(bound);
    canceled.cancel();
    source.emit(3);
    canceled.assertSignals();

    assertThat(dropped.discarded).containsExactly(3);
    assertThat(dropped.elements).isEmpty();
  }

  @Test
  @DisplayName("R16 what an error after downstream's cancel is worth is its matter, as without")
  void fail_afterCancel_isDownstreams() {
    for (Flux<Integer> flux : List.of(
        bound,
        source.transform(CtxOps.withTimeout(Duration.ofHours(1))),
        Flux.from(source.mono().transform(CtxOps.bind(ctx))))) {
      var canceled = Probe.on(flux);
      canceled.cancel();
      source.fail(new IllegalStateException("late"));
      canceled.assertSignals("error late");
    }
    assertThat(dropped.errors).isEmpty();

    var again = new IllegalStateException("again");
    source.fail(again);
    assertThat(dropped.errors).containsExactly(again);
  }

  @Test
  @DisplayName("R4 a second end of the source is not passed on")
  void end_twice_isToldOnce() {
    var late = new IllegalStateException("late");
    var probe = Probe.on(bound);
    source.complete();

    source.complete();
    source.fail(late);

    probe.assertSignals("complete");
    assertThat(dropped.errors).containsExactly(late);
  }

  @Test
  @DisplayName("R4 a source that goes on in spite of the cancellation, by StepVerifier's account")
  void noncompliantSource_isDiscarded() {
    TestPublisher<String> publisher = TestPublisher.createNoncompliant(
        Violation.DEFER_CANCELLATION, Violation.CLEANUP_ON_TERMINATE);

    StepVerifier.create(publisher.flux().transform(CtxOps.bind(ctx)))
        .then(() -> publisher.next("a"))
        .expectNext("a")
        .then(ctx::cancel)
        .then(() -> publisher.next("b", "c"))
        .expectError(CanceledException.class)
        .verifyThenAssertThat(Duration.ofSeconds(Threads.STUCK_SECONDS))
        .hasDiscardedExactly("b", "c")
        .hasNotDroppedElements()
        .hasNotDroppedErrors();
  }

  @Test
  @DisplayName("R4 what a fused queue holds at the cut is discarded, once, whoever consumes it")
  void cancel_withFusedQueue_discardsWhatItHolds() {
    List<Function<Flux<Integer>, Flux<Integer>>> consumers = List.of(
        flux -> flux.publishOn(Schedulers.immediate()),
        flux -> flux.publishOn(Schedulers.immediate(), 1),
        flux -> flux.publishOn(Schedulers.immediate(), false, 1),
        flux -> flux.flatMapIterable(List::of),
        flux -> flux.concatMap(Mono::just),
        flux -> flux.concatMap(i -> Flux.just(i, i).hide()),
        flux -> Flux.zip(flux, Flux.never(), Integer::sum),
        flux -> flux.doOnNext(i -> {}).flatMapIterable(List::of),
        flux -> flux.flatMap(Mono::just, 1));
    for (int i = 0; i < consumers.size(); i++) {
      CancelCtx own = Ctx.background().withCancel();
      Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
      IntStream.range(0, 10).forEach(element -> sink.tryEmitNext(element).orThrow());
      dropped.discarded.clear();
      Flux<Integer> fused = sink.asFlux().transform(CtxOps.bind(own));
      var probe = Probe.on(dropped.on(consumers.get(i).apply(fused)), 0);

      own.cancel();

      assertThat(probe.isCut()).as("consumer %s", i).isTrue();
      assertThat(dropped.discarded)
          .as("consumer %s", i)
          .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }
    assertThat(dropped.elements).isEmpty();
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName("R4 of what a fused queue held each element is delivered or discarded")
  void cancel_whileDraining_losesNothing() {
    Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
    IntStream.range(0, 10).forEach(element -> sink.tryEmitNext(element).orThrow());
    var probe = Probe.<Integer>of(100);
    probe.inNext = () -> {
      if (probe.signals().size() == 4) {
        ctx.cancel();
      }
    };

    probe.to(
        dropped.on(sink.asFlux().transform(CtxOps.bind(ctx)).publishOn(Schedulers.immediate())));

    probe.assertSignals(0, 1, 2, 3, "cut");
    assertThat(dropped.discarded).containsExactlyInAnyOrder(4, 5, 6, 7, 8, 9);
  }

  @Test
  @DisplayName("R4 the cut of a well-behaved source drops and discards nothing")
  void cancel_wellBehaved_dropsNothing() {
    List<Flux<Integer>> sources = List.of(
        Flux.never(),
        Flux.just(1).hide().concatWith(Flux.never()),
        Flux.range(1, 3).concatWith(Flux.never()).publishOn(Schedulers.immediate()),
        Flux.just(1, 2).hide().flatMap(i -> Flux.never()),
        Flux.just(1, 2).hide().switchMap(i -> Flux.never()),
        Mono.<Integer>never().flux(),
        Flux.interval(Duration.ofHours(1)).map(Long::intValue));
    for (Flux<Integer> flux : sources) {
      for (Function<Flux<Integer>, Flux<Integer>> consumer :
          List.<Function<Flux<Integer>, Flux<Integer>>>of(
              same -> same,
              same -> same.publishOn(Schedulers.immediate()),
              same -> same.flatMap(Mono::just))) {
        CancelCtx own = Ctx.background().withCancel();
        var probe = Probe.on(dropped.on(consumer.apply(flux.transform(CtxOps.bind(own)))));
        own.cancel();
        assertThat(probe.isCut()).isTrue();
        assertThat(probe.breaches).isEmpty();
      }
    }
    assertThat(dropped.errors).isEmpty();
    assertThat(dropped.elements).isEmpty();
    assertThat(dropped.discarded).isEmpty();
  }
}

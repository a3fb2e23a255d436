package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.subscriber.TestSubscriber;

/** What bind agrees on with its neighbors, and that it changes nothing but the end. */
class FusionTest {
  private static final int[] ASKED = {
    Fuseable.NONE,
    Fuseable.SYNC,
    Fuseable.ASYNC,
    Fuseable.ANY,
    Fuseable.ANY | Fuseable.THREAD_BARRIER,
    Fuseable.SYNC | Fuseable.THREAD_BARRIER,
    Fuseable.ASYNC | Fuseable.THREAD_BARRIER
  };

  private final CancelCtx ctx = Ctx.background().withCancel();

  static Stream<String> sources() {
    return Pipelines.sources().keySet().stream();
  }

  static Stream<String> consumers() {
    return Pipelines.consumers().keySet().stream();
  }

  private static int agreed(Flux<Integer> flux, int asked) {
    return new FusedProbe<>(asked, Probe.<Integer>of(0)).to(flux).mode();
  }

  @ParameterizedTest
  @MethodSource("sources")
  @DisplayName("R9 a source that fuses with the consumer fuses through bind, and no other does")
  void requestFusion_isTheSources(String name) {
    Supplier<Flux<Integer>> source = Pipelines.source(name);
    for (int asked : ASKED) {
      int raw = agreed(source.get(), asked);
      int bound = agreed(source.get().transform(CtxOps.bind(ctx)), asked);

      assertThat(bound & ~asked).as("only what was asked for: %s", asked).isZero();
      if ((asked & Fuseable.ANY) == Fuseable.ANY) {
        assertThat(bound != Fuseable.NONE).as("asked %s", asked).isEqualTo(raw != Fuseable.NONE);
      }
      if (raw == Fuseable.ASYNC) {
        assertThat(bound).as("asked %s", asked).isEqualTo(Fuseable.ASYNC);
      }
    }
  }

  @Test
  @DisplayName(
      "R9 the barrier is passed on: no function of the user's runs on the other side of it")
  void requestFusion_barrier_keepsFunctionsOnTheirThread() {
    Flux<Integer> mapped = Flux.range(1, 3).map(i -> i).transform(CtxOps.bind(ctx));

    assertThat(agreed(mapped, Fuseable.ANY)).isEqualTo(Fuseable.ASYNC);
    assertThat(agreed(mapped, Fuseable.ANY | Fuseable.THREAD_BARRIER)).isEqualTo(Fuseable.NONE);
  }

  @Test
  @DisplayName("R9 fusion goes through two binds, and through withTimeout and bind()")
  void requestFusion_nested_staysFused() {
    Flux<Integer> bound = Flux.range(1, 3)
        .transform(CtxOps.bind(ctx))
        .transform(CtxOps.bind())
        .transform(CtxOps.withTimeout(java.time.Duration.ofHours(1)))
        .contextWrite(CtxOps.put(Ctx.background().withCancel()));
    var probe = FusedProbe.on(bound, 3);

    assertThat(probe.mode()).isEqualTo(Fuseable.ASYNC);
    probe.out.assertSignals(1, 2, 3, "complete");
    assertThat(probe.breaches).isEmpty();
  }

  @Test
  @DisplayName("R9 a bound Flux declares itself Fuseable where its source is, and nowhere else")
  void bind_isFuseableAsItsSource() {
    for (Ctx each : List.of(ctx, Ctx.background())) {
      assertThat(Flux.range(1, 3).transform(CtxOps.bind(each))).isInstanceOf(Fuseable.class);
      assertThat(Mono.fromCallable(() -> 1).transform(CtxOps.bind(each)))
          .isNotInstanceOf(Fuseable.class); // a queue of one gains nothing
      assertThat(Flux.range(1, 3).hide().transform(CtxOps.bind(each)))
          .isNotInstanceOf(Fuseable.class);
      assertThat(Flux.defer(() -> Flux.range(1, 3)).transform(CtxOps.bind(each)))
          .isNotInstanceOf(Fuseable.class); // a using above all closes otherwise
    }
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName(
      "R9 bound and raw are the same to each consumer: elements, end, effects, when, for any demand")
  void bind_live_changesNothing(String name) {
    Pipelines.Consumer consumer = Pipelines.consumer(name);
    List<String> different = new ArrayList<>();
    for (Map.Entry<String, Supplier<Flux<Integer>>> source : Pipelines.sources().entrySet()) {
      Supplier<Flux<Integer>> raw = source.getValue();
      for (Pipelines.Demand demand : Pipelines.Demand.values()) {
        int count = count(Pipelines.Demand.UNBOUNDED.run(raw.get(), consumer, 0));
        List<Object> expected = demand.run(raw.get(), consumer, count);
        List<Object> actual = demand.run(raw.get().transform(CtxOps.bind(ctx)), consumer, count);
        if (!actual.equals(
                expected) // nor would a map make that difference: a constant is one no more
            && !actual.equals(demand.run(raw.get().map(i -> i), consumer, count))) {
          different.add(
              source.getKey() + " " + demand + "\n  raw   " + expected + "\n  bound " + actual);
        }
      }
    }
    assertThat(different).isEmpty();
  }

  @Test
  @DisplayName(
      "R16 flatMapIterable takes nothing of a bound queue before it is asked, nor of one without a bind")
  void flatMapIterable_withoutDemand_takesNothing() {
    List<Integer> taken = new ArrayList<>();
    Flux<Integer> source = Flux.range(1, 3).doOnNext(taken::add);
    for (Flux<Integer> each : List.of(source, source.transform(CtxOps.bind(ctx)))) {
      taken.clear();
      var some = Probe.on(each.flatMapIterable(one -> List.of(one, one)), 0);
      assertThat(taken).isEmpty();
      some.request(1);
      assertThat(taken).containsExactly(1);
      some.cancel();

      var none = Probe.on(each.flatMapIterable(one -> List.<Integer>of()), 0);
      none.assertSignals();
      none.request(1);
      none.assertSignals("complete");
    }
  }

  @ParameterizedTest
  @MethodSource("sources")
  @DisplayName(
      "R16 R4 who takes of a bound queue only when told gets what it asks for, and its end after that")
  void request_fused_isTold(String name) {
    List<Object> expected =
        Pipelines.Demand.UNBOUNDED.run(Pipelines.source(name).get(), Pipelines.consumer("none"), 0);
    Flux<Integer> bound = Pipelines.source(name).get().transform(CtxOps.bind(ctx));
    if (agreed(Pipelines.source(name).get(), Fuseable.ANY) != Fuseable.SYNC
        || agreed(bound, Fuseable.ANY) != Fuseable.ASYNC
        || !expected.contains("complete")) {
      return; // its signals are the source's, or it throws
    }
    TestSubscriber<Integer> told = TestSubscriber.builder()
        .initialRequest(0)
        .requireFusion(Fuseable.ANY, Fuseable.ASYNC)
        .build();
    Pipelines.source(name).get().transform(CtxOps.bind(ctx)).subscribe(told);

    for (int i = 1; i < count(expected); i++) {
      told.request(1);
      assertThat(told.getReceivedOnNext()).hasSize(i);
    }
    told.request(2);

    assertThat(told.getReceivedOnNext()).isEqualTo(expected.subList(0, count(expected)));
    assertThat(told.isTerminatedComplete()).isTrue();
    assertThat(told.getProtocolErrors()).isEmpty();
  }

  private static int count(List<Object> signals) {
    return (int) signals.subList(0, signals.size() - 1).stream() // the last one is the log
        .filter(signal -> !(signal instanceof String))
        .count();
  }

  /** As a contextWrite does it, which is always conditional and therefore skips nulls. */
  private Flux<Integer> withCtx(Flux<Integer> flux) {
    return new reactor.core.publisher.FluxOperator<>(flux) {
      @Override
      public void subscribe(reactor.core.CoreSubscriber<? super Integer> actual) {
        source.subscribe(VisibleSubscriber.ofFlux(actual, ctx));
      }
    };
  }

  @ParameterizedTest
  @MethodSource("sources")
  @DisplayName("R9 the same for two binds, bind() and withTimeout")
  void bind_otherForms_changeNothing(String name) {
    Supplier<Flux<Integer>> source = Pipelines.source(name);
    List<Function<Flux<Integer>, Flux<Integer>>> forms = List.of(
        flux -> flux.transform(CtxOps.bind(ctx)).transform(CtxOps.bind(ctx.withCancel())),
        flux -> withCtx(flux.transform(CtxOps.bind())),
        flux -> flux.transform(CtxOps.withTimeout(java.time.Duration.ofHours(1))));
    for (String consumerName : List.of("none", "publishOn1", "flatMapIterable", "zip")) {
      Pipelines.Consumer consumer = Pipelines.consumer(consumerName);
      for (Pipelines.Demand demand : Pipelines.Demand.values()) {
        List<Object> expected = demand.run(source.get(), consumer, 5);
        for (Function<Flux<Integer>, Flux<Integer>> form : forms) {
          assertThat(demand.run(form.apply(source.get()), consumer, 5)).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sources")
  @DisplayName("R1 in front of publishOn no element passes after the cut, and no demand is needed")
  void cancel_beforePublishOn_passesNothingMore(String name) {
    Flux<Integer> source = Pipelines.source(name).get();
    if (agreed(Pipelines.source(name).get(), Fuseable.ANY | Fuseable.THREAD_BARRIER)
        == Fuseable.NONE) {
      return; // publishOn has a queue of its own then
    }
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)).publishOn(Schedulers.immediate()), 1);
    boolean over = probe.isOver() || name.equals("unicastError"); // its end has passed bind

    ctx.cancel();

    assertThat(probe.signals()).hasSizeLessThan(3);
    assertThat(probe.isCut()).isEqualTo(!over);
  }

  @Test
  @DisplayName("R1 a fused queue that is completed and not drained can still be cut")
  void cancel_completedQueue_isCut() {
    Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
    var probe =
        Probe.on(sink.asFlux().transform(CtxOps.bind(ctx)).publishOn(Schedulers.immediate()), 1);
    for (int i = 1; i < 5; i++) {
      sink.tryEmitNext(i).orThrow();
    }
    sink.tryEmitComplete().orThrow();

    ctx.cancel();

    probe.assertSignals(1, "cut");
  }

  @Test
  @DisplayName("R1 fused, a consumer without demand hears of the cut")
  void cancel_fusedWithoutDemand_isTold() {
    for (Flux<Integer> source : List.of(Flux.range(1, 5), Flux.just(1, 2, 3))) {
      CancelCtx own = Ctx.background().withCancel();
      var probe = Probe.on(source.transform(CtxOps.bind(own)).publishOn(Schedulers.immediate()), 0);

      own.cancel();

      probe.assertSignals("cut");
    }
  }
}

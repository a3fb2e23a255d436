package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** A context that is canceled from inside the stream that it ends. */
class ReentranceTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  static Stream<Arguments> sources() {
    Flux<Integer> range = Flux.range(1, 10);
    return Stream.of(
        Arguments.of("range", range),
        Arguments.of("array", Flux.just(1, 2, 3, 4, 5)),
        Arguments.of("iterable", Flux.fromIterable(List.of(1, 2, 3, 4, 5))),
        Arguments.of("hidden", range.hide()),
        Arguments.of("map", range.map(i -> i)),
        Arguments.of("filter", range.hide().filter(i -> true)),
        Arguments.of("generate", Flux.<Integer, Integer>generate(() -> 1, (state, sink) -> {
          sink.next(state);
          return state + 1;
        })),
        Arguments.of("create", Flux.<Integer>create(sink -> {
          for (int i = 1; i < 10; i++) {
            sink.next(i);
          }
        })),
        Arguments.of("publishOn", range.publishOn(Schedulers.immediate())),
        Arguments.of("concatMap", range.concatMap(Mono::just)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sources")
  @DisplayName("R1 canceled inside onNext, the element before the error is the last one")
  void cancel_insideOnNext_isToldAfterIt(String name, Flux<Integer> flux) {
    for (Probe<Integer> probe :
        List.of(Probe.<Integer>of(100), Probe.<Integer>conditional(100, Context.empty()))) {
      CancelCtx own = Ctx.background().withCancel();
      cancelAtThird(own, probe);

      probe.to(flux.transform(CtxOps.bind(own)));

      probe.assertSignals(1, 2, 3, "cut");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sources")
  @DisplayName("R1 canceled inside a fused consumer, the element before the error is the last one")
  void cancel_insideFusedOnNext_isToldAfterIt(String name, Flux<Integer> flux) {
    var probe = Probe.<Integer>of(100);
    cancelAtThird(ctx, probe);

    probe.to(flux.transform(CtxOps.bind(ctx)).publishOn(Schedulers.immediate(), 1));

    probe.assertSignals(1, 2, 3, "cut");
  }

  private static void cancelAtThird(CancelCtx ctx, Probe<Integer> probe) {
    probe.inNext = () -> {
      if (probe.signals().size() == 3) {
        ctx.cancel();
      }
    };
  }

  @Test
  @DisplayName("R1 canceled inside onNext, upstream is canceled at once")
  void cancel_insideOnNext_cancelsUpstreamAtOnce() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    probe.inNext = () -> {
      ctx.cancel();
      assertThat(source.canceled).hasValue(1);
      assertThat(probe.isOver()).isFalse();
    };

    source.emit(1);

    probe.assertSignals(1, "cut");
  }

  @Test
  @DisplayName("R4 canceled inside onNext, what comes from inside that onNext is discarded")
  void cancel_insideOnNextWithMore_discardsMore() {
    try (var dropped = Dropped.everywhere()) {
      var probe = Probe.on(dropped.on(source.transform(CtxOps.bind(ctx))));
      probe.inNext = () -> {
        ctx.cancel();
        source.emit(2);
      };

      source.emit(1);

      probe.assertSignals(1, "cut");
      assertThat(dropped.discarded).containsExactly(2);
    }
  }

  @Test
  @DisplayName("R4 an element from inside an onNext passes; the error waits for the outer one")
  void cancel_insideNestedOnNext_isToldAfterTheOuter() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    probe.inNext = () -> {
      int seen = probe.signals().size();
      if (seen == 1) {
        source.emit(2);
        assertThat(probe.isOver()).isFalse();
      } else if (seen == 2) {
        ctx.cancel();
      }
    };

    source.emit(1);

    probe.assertSignals(1, 2, "cut");
  }

  @Test
  @DisplayName("R4 canceled inside onSubscribe, downstream is told after it, and gets nothing else")
  void cancel_insideOnSubscribe_isToldAfterIt() {
    var probe = Probe.<Integer>of(0);
    probe.inSubscribe = () -> {
      ctx.cancel();
      assertThat(source.canceled).hasValue(1);
      assertThat(probe.isOver()).isFalse();
    };

    probe.to(source.transform(CtxOps.bind(ctx)));

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R4 canceled inside a fused consumer's onSubscribe, downstream gets the cut and nothing else")
  void cancel_insideFusedOnSubscribe_isToldAfterIt() {
    var probe = Probe.<Integer>of(10);
    probe.inSubscribe = ctx::cancel;

    probe.to(Flux.range(1, 5).transform(CtxOps.bind(ctx)).publishOn(Schedulers.immediate()));

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R4 canceled by another thread inside onSubscribe, downstream is told after it")
  void cancel_elsewhereInsideOnSubscribe_isToldAfterIt() {
    var probe = Probe.<Integer>of(0);
    probe.inSubscribe = () -> {
      Threads.elsewhere(ctx::cancel);
      assertThat(probe.isOver()).isFalse();
    };

    probe.to(source.transform(CtxOps.bind(ctx)));

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R1 canceled inside the subscription of the source, downstream is told, once")
  void cancel_insideDefer_isTold() {
    var probe = Probe.on(Flux.defer(() -> {
          ctx.cancel();
          return Flux.range(1, 10);
        })
        .transform(CtxOps.bind(ctx)));

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R1 canceled inside request, downstream is told")
  void cancel_insideRequest_isTold() {
    source.inRequest = ctx::cancel;

    Probe.on(source.transform(CtxOps.bind(ctx))).assertSignals("cut");
  }

  @Test
  @DisplayName("R4 canceled inside onComplete or onError, nothing follows")
  void cancel_insideTheEnd_changesNothing() {
    var completed = Probe.on(source.transform(CtxOps.bind(ctx)));
    completed.inEnd = ctx::cancel;
    source.complete();
    completed.assertSignals("complete");

    CancelCtx other = Ctx.background().withCancel();
    var failed = Probe.on(source.transform(CtxOps.bind(other)));
    failed.inEnd = other::cancel;
    source.fail(new IllegalStateException("own"));
    failed.assertSignals("error own");
    assertThat(source.canceled).hasValue(0);
  }

  @Test
  @DisplayName("R4 downstream that cancels inside an onNext which was cut is told nothing")
  void cancel_downstreamCancelsAfterTheCut_isToldNothing() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    probe.inNext = () -> {
      ctx.cancel();
      probe.cancel();
    };

    source.emit(1);

    probe.assertSignals(1);
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 an onNext that blocks delays the error, and not the cancellation of upstream")
  void cancel_whileOnNextBlocks_isToldAfterIt() {
    var inNext = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    probe.inNext = () -> {
      inNext.countDown();
      Threads.await(goOn);
    };
    Future<?> emitting = Threads.start(() -> source.emit(1, 2));
    Threads.await(inNext);

    ctx.cancel();

    assertThat(source.canceled).hasValue(1);
    assertThat(probe.isOver()).isFalse();
    goOn.countDown();
    Threads.join(emitting);
    probe.assertSignals(1, "cut");
  }

  @Test
  @DisplayName("R4 the contexts of nested binds, canceled from inside, end the stream once")
  void cancel_ofNestedBinds_isToldOnce() {
    CancelCtx other = Ctx.background().withCancel();
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)).transform(CtxOps.bind(other)));
    probe.inNext = () -> {
      ctx.cancel();
      other.cancel();
    };

    source.emit(1);

    probe.assertSignals(1, "cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 a stream whose consumer threw from onNext can still be cut")
  void cancel_afterOnNextThrew_isTold() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    probe.inNext = () -> {
      throw new IllegalStateException("in onNext");
    };
    assertThatThrownBy(() -> source.emit(1)).hasMessage("in onNext");

    ctx.cancel();

    probe.assertSignals(1, "cut");
  }
}

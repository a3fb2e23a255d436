package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Memory;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** {@code takeUntilOther}, by what core alone publishes and by {@link CtxOps#done}. */
class TakeUntilTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  static Stream<Named<Function<Ctx, Publisher<Void>>>> dones() {
    return Stream.of(Named.of("ctx.done()", Ctx::done), Named.of("CtxOps.done(ctx)", CtxOps::done));
  }

  @ParameterizedTest
  @MethodSource("dones")
  @DisplayName("R5 takeUntilOther completes the flux when ctx is done, and cancels its source")
  void takeUntilOther_canceled_completes(Function<Ctx, Publisher<Void>> done) {
    var probe = Probe.on(source.takeUntilOther(done.apply(ctx)), 1);
    source.emit(1);
    assertThat(probe.signals()).containsExactly(1);

    ctx.cancel();

    probe.assertSignals(1, "complete");
    assertThat(source.canceled).hasValue(1);
  }

  @ParameterizedTest
  @MethodSource("dones")
  @DisplayName("R5 takeUntilOther completes at once and without a request if ctx is done already")
  void takeUntilOther_doneAlready_completesAtOnce(Function<Ctx, Publisher<Void>> done) {
    ctx.cancel();

    Probe.on(source.takeUntilOther(done.apply(ctx)), 0).assertSignals("complete");
  }

  @ParameterizedTest
  @MethodSource("dones")
  @DisplayName("R5 takeUntilOther completes a Mono empty when ctx is done")
  void takeUntilOther_mono_completesEmpty(Function<Ctx, Publisher<Void>> done) {
    var probe = Probe.on(source.mono().takeUntilOther(done.apply(ctx)), 0);

    ctx.cancel();

    probe.assertSignals("complete");
    assertThat(source.canceled).hasValue(1);
  }

  @ParameterizedTest
  @MethodSource("dones")
  @DisplayName("R5 a flux that ends by itself, or is canceled, leaves nothing on ctx")
  void takeUntilOther_over_leavesNothingRegistered(Function<Ctx, Publisher<Void>> done) {
    var completed = Memory.weak(() -> {
      Source<Integer> own = new Source<>();
      var probe = Probe.on(own.takeUntilOther(done.apply(ctx)));
      own.complete();
      probe.assertSignals("complete");
      return probe;
    });
    var canceled = Memory.weak(() -> {
      var probe = Probe.on(new Source<Integer>().takeUntilOther(done.apply(ctx)));
      probe.cancel();
      return probe;
    });

    assertThat(Memory.isCollected(completed)).isTrue();
    assertThat(Memory.isCollected(canceled)).isTrue();
    assertThat(ctx.isDone()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("dones")
  @DisplayName("R5 a context that can never be done lets the flux be")
  void takeUntilOther_background_changesNothing(Function<Ctx, Publisher<Void>> done) {
    Probe.on(Flux.range(1, 3).takeUntilOther(done.apply(Ctx.background())))
        .assertSignals(1, 2, 3, "complete");
  }

  @Test
  @DisplayName("R5 CtxOps.done(ctx) completes without a request, for every subscriber")
  void done_canceled_completesAll() {
    var first = Probe.on(CtxOps.done(ctx), 0);
    var second = Probe.on(CtxOps.done(ctx), 0);
    var gone = Probe.on(CtxOps.done(ctx), 0);
    gone.cancel();
    assertThat(first.signals()).isEmpty();

    ctx.cancel();

    first.assertSignals("complete");
    second.assertSignals("complete");
    gone.assertSignals();
    Probe.on(CtxOps.done(ctx), 0).assertSignals("complete");
  }
}

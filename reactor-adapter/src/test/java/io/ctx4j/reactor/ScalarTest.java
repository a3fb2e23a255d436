package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Memory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Scalar sources have nothing to cancel: the context counts at subscription, and is not listened
 * to.
 */
class ScalarTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  static Stream<Arguments> scalars() {
    return Stream.of(
        Arguments.of("Mono.just", Mono.just(1), 1, "complete"),
        Arguments.of("Flux.just", Flux.just(1), 1, "complete"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scalars")
  @DisplayName("R1 a scalar passes, also when its context is done after the subscription")
  void cancel_afterSubscription_changesNothing(
      String name, Publisher<Integer> scalar, Object element, Object end) {
    var probe = Probe.on(CtxOps.<Integer>bind(ctx).apply(scalar), 0);
    ctx.cancel();

    probe.request(1);

    probe.assertSignals(element, end);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scalars")
  @DisplayName("R1 a scalar registers nothing on the context")
  void subscribe_scalar_registersNothing(
      String name, Publisher<Integer> scalar, Object element, Object end) {
    Publisher<Integer> bound = CtxOps.<Integer>bind(ctx).apply(scalar);

    var probe = Memory.weak(() -> Probe.on(bound, 0));

    assertThat(Memory.isCollected(probe)).isTrue();
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("R1 an empty or failed scalar ends as it does without bind")
  void subscribe_emptyOrFailed_endsAsWithoutBind() {
    Probe.on(Mono.<Integer>empty().transform(CtxOps.bind(ctx)), 0).assertSignals("complete");
    Probe.on(Flux.<Integer>empty().transform(CtxOps.bind(ctx)), 0).assertSignals("complete");
    Probe.on(Mono.<Integer>error(new IllegalStateException("own")).transform(CtxOps.bind(ctx)), 0)
        .assertSignals("error own");
    Probe.on(Flux.<Integer>error(new IllegalStateException("own")).transform(CtxOps.bind(ctx)), 0)
        .assertSignals("error own");
  }

  @Test
  @DisplayName("R11 withTimeout over a scalar leaves no child on the subscriber's context")
  void withTimeout_scalar_leavesNoChild() {
    Mono<Integer> bound = Mono.just(1).transform(CtxOps.withTimeout(Duration.ofHours(1)));

    var probe = Probe.on(bound.contextWrite(CtxOps.put(ctx)), 0);

    assertThat(ctx.tree().lines()).hasSize(1);
    probe.request(1);
    probe.assertSignals(1, "complete");
  }

  @Test
  @DisplayName("R1 a callable is no scalar: it is bound, for it may block")
  void cancel_callableBeforeRequest_isCut() {
    var asked = new AtomicReference<>("not asked");
    Mono<Integer> callable = Mono.fromCallable(() -> {
      asked.set("asked");
      return 1;
    });
    var probe = Probe.on(callable.transform(CtxOps.bind(ctx)), 0);

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(asked).hasValue("not asked");
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A bound Mono keeps the rules of Mono: an element or an error, never both. */
class MonoTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();
  private final Mono<Integer> bound = source.mono().transform(CtxOps.bind(ctx));

  @Test
  @DisplayName("R4 bind keeps the type: a Mono stays a Mono, a Flux a Flux")
  void bind_keepsTheType() {
    assertThat(CtxOps.<Integer>bind(ctx).apply(Mono.just(1).hide())).isInstanceOf(Mono.class);
    assertThat(CtxOps.<Integer>bind(ctx).apply(Flux.range(1, 2))).isInstanceOf(Flux.class);
    assertThat(CtxOps.<Integer>bind(Ctx.background()).apply(Mono.just(1))).isInstanceOf(Mono.class);
    assertThat(CtxOps.<Integer>bind().apply(Mono.just(1).hide())).isInstanceOf(Mono.class);
    assertThat(CtxOps.<Integer>withTimeout(Duration.ofSeconds(1)).apply(Mono.never()))
        .isInstanceOf(Mono.class);
    assertThat(CtxOps.<Integer>detach().apply(Mono.just(1).hide())).isInstanceOf(Mono.class);
  }

  @Test
  @DisplayName("R1 a Mono without an element yet is cut, and its upstream canceled")
  void cancel_beforeTheElement_isCut() {
    var probe = Probe.on(bound);

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R4 canceled inside a Mono's onNext: the element is the end, and no error follows")
  void cancel_insideOnNext_isNotTold() {
    var probe = Probe.on(bound);
    probe.inNext = ctx::cancel;

    source.emit(1).complete();

    probe.assertSignals(1, "complete");
  }

  @Test
  @DisplayName(
      "R16 downstream that leaves with the element is told the completion that it is told without")
  void leave_insideOnNext_isAsWithout() {
    List<Mono<Integer>> monos = List.of(
        Mono.just(1).hide(),
        Mono.fromCallable(() -> 1),
        Flux.range(1, 3).next(),
        Flux.range(1, 3).reduce(Integer::sum),
        Mono.just(1).hide().onErrorResume(e -> Mono.empty()));
    for (Mono<Integer> mono : monos) {
      List<Object> raw = leavingWithTheElement(mono);
      assertThat(leavingWithTheElement(mono.transform(CtxOps.bind(ctx)))).isEqualTo(raw);
      assertThat(leavingWithTheElement(mono.transform(CtxOps.withTimeout(Duration.ofHours(1)))))
          .isEqualTo(raw);
    }
  }

  private static List<Object> leavingWithTheElement(Mono<Integer> mono) {
    var probe = Probe.<Integer>of(0);
    probe.inNext = probe::cancel;
    mono.subscribe(probe);
    probe.request(1);
    assertThat(probe.breaches).isEmpty();
    return probe.signals();
  }

  @Test
  @DisplayName("R4 canceled between a Mono's element and its completion: no error follows")
  void cancel_betweenElementAndCompletion_isNotTold() {
    var probe = Probe.on(bound);

    source.emit(1);
    ctx.cancel();
    source.complete();

    probe.assertSignals(1, "complete");
  }

  @Test
  @DisplayName("R4 a subscriber that cancels ctx with the element in hand drops no error")
  void cancel_byTheConsumer_dropsNothing() {
    try (var dropped = Dropped.everywhere()) {
      List<Integer> seen = new ArrayList<>();
      List<Throwable> failed = new ArrayList<>();
      Mono.fromCallable(() -> 1)
          .transform(CtxOps.bind(ctx))
          .subscribe(
              element -> {
                ctx.cancel();
                seen.add(element);
              },
              failed::add);

      assertThat(seen).containsExactly(1);
      assertThat(failed).isEmpty();
      assertThat(dropped.errors).isEmpty();
    }
  }

  @Test
  @DisplayName("R4 a flatMap below that cancels ctx with the element in hand drops no error")
  void cancel_byFlatMap_dropsNothing() {
    try (var dropped = Dropped.everywhere()) {
      Mono<Integer> mono = Mono.fromCallable(() -> 1)
          .hide()
          .transform(CtxOps.bind(ctx))
          .flatMap(element -> {
            ctx.cancel();
            return Mono.just(element + 1);
          });

      Probe.on(mono).assertSignals(2, "complete");
      assertThat(dropped.errors).isEmpty();
    }
  }

  @Test
  @DisplayName("R4 a blocked caller that closes ctx on return drops no error")
  void block_thenClose_dropsNothing() {
    try (var dropped = Dropped.everywhere()) {
      for (int i = 0; i < 2_000; i++) {
        try (CancelCtx own = Ctx.background().withCancel()) {
          Mono<Integer> mono =
              Mono.fromCallable(() -> 1).subscribeOn(Schedulers.parallel()).map(one -> one);
          assertThat(mono.transform(CtxOps.bind(own)).flatMap(Mono::just).block())
              .isEqualTo(1);
        }
      }
      assertThat(dropped.errors).isEmpty();
    }
  }

  @Test
  @DisplayName(
      "R4 an empty Mono completes, a failed one fails, and a cut afterwards changes nothing")
  void cancel_afterTheEnd_changesNothing() {
    var empty = Probe.on(bound);
    source.complete();
    var failed = Probe.on(bound);
    source.fail(new IllegalStateException("own"));

    ctx.cancel();

    empty.assertSignals("complete");
    failed.assertSignals("error own");
    assertThat(source.canceled).hasValue(0);
  }
}

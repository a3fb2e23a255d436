package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Bind among Reactor's operators: what tools and hooks see of it. */
class CitizenTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  @AfterEach
  void resetHooks() {
    Hooks.resetOnOperatorDebug();
    Hooks.resetOnEachOperator();
    Hooks.resetOnLastOperator();
  }

  @Test
  @DisplayName("R10 the steps of a pipeline show ctx.bind, on Flux and Mono, fused and not")
  void steps_showBind() {
    assertThat(Scannable.from(
                Flux.range(1, 3).map(i -> i).transform(CtxOps.bind(ctx)).map(i -> i))
            .steps())
        .containsExactly("source(FluxRange)", "map", "ctx.bind", "map");
    assertThat(Scannable.from(Mono.just(1).hide().transform(CtxOps.bind(ctx))).steps())
        .containsExactly("source(MonoJust)", "hide", "ctx.bind");
    assertThat(Scannable.from(source.transform(CtxOps.bind())).steps()).contains("ctx.bind");
    assertThat(Scannable.from(source.transform(CtxOps.withTimeout(Duration.ofHours(1))))
            .steps())
        .contains("ctx.bind");
  }

  @Test
  @DisplayName("R10 the steps of a running subscription show ctx.bind, up and down")
  void steps_running_showBind() {
    var probe =
        Probe.on(Flux.<Integer>never().map(i -> i).transform(CtxOps.bind(ctx)).map(i -> i));

    assertThat(Scannable.from(probe.subscription()).steps().toList())
        .containsSequence("map", "ctx.bind", "map");
    Scannable bind =
        Scannable.from(requireNonNull(Scannable.from(probe.subscription()).scan(Attr.PARENT)));
    assertThat(bind.stepName()).isEqualTo("ctx.bind");
    assertThat(bind.parents().map(Scannable::stepName)).contains("map");
    assertThat(bind.actuals().map(Scannable::stepName)).contains("map");
  }

  @Test
  @DisplayName("R10 the operator is Scannable: its source, its name, its run style")
  void scan_operator() {
    Flux<Integer> flux = source.transform(CtxOps.bind(ctx));
    Mono<Integer> mono = source.mono().transform(CtxOps.bind(ctx));

    assertThat(Scannable.from(flux).isScanAvailable()).isTrue();
    assertThat(Scannable.from(flux).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.SYNC);
    assertThat(Scannable.from(mono).scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.SYNC);
    assertThat(Scannable.from(flux.name("orders")).name()).isEqualTo("orders");
    Flux<Integer> named = Flux.range(1, 3).name("orders").transform(CtxOps.bind(ctx));
    assertThat(Scannable.from(named).name()).isEqualTo("orders");
    assertThat(Scannable.from(Flux.range(1, 3).transform(CtxOps.bind(ctx))).scan(Attr.PARENT))
        .isNotNull();
  }

  private Scannable running(Probe<Integer> probe) {
    source.transform(CtxOps.bind(ctx)).subscribe((reactor.core.CoreSubscriber<Integer>) probe);
    return Scannable.from(source.actual());
  }

  @Test
  @DisplayName("R10 the subscriber is Scannable: neighbors, and nothing has ended yet")
  void scan_running() {
    var probe = Probe.<Integer>of(1);
    Scannable bind = running(probe);

    assertThat(bind.isScanAvailable()).isTrue();
    assertThat(bind.scanUnsafe(Attr.PARENT)).isSameAs(source);
    assertThat(bind.scanUnsafe(Attr.ACTUAL)).isSameAs(probe);
    assertThat(bind.scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.SYNC);
    assertThat(bind.scan(Attr.TERMINATED)).isFalse();
    assertThat(bind.scan(Attr.CANCELLED)).isFalse();
  }

  @Test
  @DisplayName("R10 the subscriber is Scannable: how it ended")
  void scan_ended() {
    Scannable completed = running(Probe.of(1));
    source.complete();
    assertThat(completed.scan(Attr.TERMINATED)).isTrue();
    assertThat(completed.scan(Attr.CANCELLED)).isFalse();

    var probe = Probe.<Integer>of(1);
    Scannable canceled = running(probe);
    probe.cancel();
    assertThat(canceled.scan(Attr.TERMINATED)).isFalse();
    assertThat(canceled.scan(Attr.CANCELLED)).isTrue();

    Scannable cut = running(Probe.of(1));
    ctx.cancel();
    assertThat(cut.scan(Attr.TERMINATED)).isTrue();
    assertThat(cut.scan(Attr.CANCELLED)).isFalse();
  }

  private static String printed(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  @DisplayName("R10 checkpoint() marks the error of a cut, and the shared err stays clean")
  void checkpoint_marksTheError() {
    var live = Probe.on(source.transform(CtxOps.bind(ctx)).checkpoint("before the store"));
    ctx.cancel();
    var done = Probe.on(source.transform(CtxOps.bind(ctx)).checkpoint("before the store"));

    assertThat(printed(live.error())).contains("before the store");
    assertThat(printed(done.error())).contains("before the store");
    assertThat(requireNonNull(ctx.err()).getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("R10 a checkpoint above bind shows where the source's own error went by")
  void checkpoint_above_marksTheSourcesError() {
    var probe = Probe.on(source.checkpoint("at the source").transform(CtxOps.bind(ctx)));

    source.fail(new IllegalStateException("own"));

    assertThat(printed(probe.error())).contains("at the source");
  }

  @Test
  @DisplayName(
      "R10 with onOperatorDebug each error has its own assembly trace, and they do not pile up")
  void onOperatorDebug_tracesDoNotPileUp() {
    Hooks.onOperatorDebug();
    List<Probe<Integer>> probes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Flux<Integer> flux = Flux.<Integer>never().transform(CtxOps.bind(ctx)).map(one -> one);
      probes.add(Probe.on(flux));
    }
    ctx.cancel();
    for (int i = 0; i < 20; i++) {
      probes.add(Probe.on(Flux.<Integer>never().transform(CtxOps.bind(ctx)).map(one -> one)));
    }

    for (Probe<Integer> probe : probes) {
      assertThat(probe.error().getSuppressed()).hasSize(1);
      assertThat(printed(probe.error())).contains("Assembly trace", "transform", "CitizenTest");
    }
    CtxException err = requireNonNull(ctx.err());
    assertThat(err.getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("R10 with onOperatorDebug a fused pipeline still ends by its context")
  void onOperatorDebug_fused_isCut() {
    Hooks.onOperatorDebug();
    var probe = Probe.<Integer>of(10);
    probe.inNext = () -> {
      if (probe.signals().size() == 2) {
        ctx.cancel();
      }
    };

    probe.to(Flux.range(1, 5)
        .transform(CtxOps.bind(ctx))
        .publishOn(reactor.core.scheduler.Schedulers.immediate(), 1));

    probe.assertSignals(1, 2, "cut");
  }

  @Test
  @DisplayName("R10 onEachOperator sees bind as an operator, once for each assembly")
  void onEachOperator_seesBind() {
    List<String> assembled = new ArrayList<>();
    Hooks.onEachOperator(publisher -> {
      assembled.add(Scannable.from(publisher).stepName());
      return publisher;
    });

    Flux<Integer> flux = source.transform(CtxOps.bind(ctx));
    Mono<Integer> mono = Mono.<Integer>never().transform(CtxOps.bind(ctx));

    assertThat(assembled).filteredOn("ctx.bind"::equals).hasSize(2);
    Probe.on(flux);
    Probe.on(mono);
    assertThat(assembled).filteredOn("ctx.bind"::equals).hasSize(2);
  }

  @Test
  @DisplayName("R10 a hook that lifts every operator leaves bind's promises as they are")
  void onEachOperator_lifting_keepsPromises() {
    Hooks.onEachOperator(Operators.<Object, Object>lift((scannable, actual) -> actual));
    var live = Probe.on(source.map(i -> i).transform(CtxOps.bind(ctx)).map(i -> i));
    source.emit(1);
    ctx.cancel();
    var done = Probe.on(source.map(i -> i).transform(CtxOps.bind(ctx)).map(i -> i));

    live.assertSignals(1, "cut");
    done.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
    assertThat(source.subscribed).hasValue(1);
  }

  @Test
  @DisplayName("R10 context loss tracking finds nothing lost")
  void contextLossTracking_findsNothing() {
    Hooks.enableContextLossTracking();
    try {
      Probe.on(Flux.range(1, 2)
              .transform(CtxOps.bind(ctx))
              .transform(CtxOps.withTimeout(Duration.ofHours(1)))
              .transform(CtxOps.detach())
              .contextWrite(context -> context.put("key", "value")))
          .assertSignals(1, 2, "complete");
    } finally {
      Hooks.disableContextLossTracking();
    }
  }

  @Test
  @DisplayName("R10 doOnDiscard below bind hears of what bind discards")
  void doOnDiscard_hears() {
    List<Object> discarded = new ArrayList<>();
    Probe.on(source.transform(CtxOps.bind(ctx)).doOnDiscard(Integer.class, discarded::add));
    ctx.cancel();

    source.emit(1, 2);

    assertThat(discarded).containsExactly(1, 2);
  }

  @Test
  @DisplayName("R10 the operators that rescue take the error of a cut like any other")
  void onErrorResume_rescues() {
    var probe = Probe.on(
        source.transform(CtxOps.bind(ctx)).onErrorResume(CtxException.class, e -> Flux.just(0)));

    source.emit(1);
    ctx.cancel();

    probe.assertSignals(1, 0, "complete");
  }

  @Test
  @DisplayName("R1 demand passes through unchanged, without prefetch")
  void request_passesUnchanged() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)), 0);
    assertThat(source.requests).isEmpty();

    probe.request(1);
    probe.request(5);
    probe.request(Long.MAX_VALUE);

    assertThat(source.requests).containsExactly(1L, 5L, Long.MAX_VALUE);
  }

  @Test
  @DisplayName("R4 the conditional path spares a filter above its extra requests")
  void filterAbove_onConditional_requestsNothingMore() {
    var probe =
        Probe.on(source.filter(i -> i % 2 == 0).transform(CtxOps.bind(ctx)).filter(i -> i > 2));
    assertThat(source.tryEmit(1)).isFalse();
    assertThat(source.tryEmit(2)).isFalse();
    assertThat(source.tryEmit(4)).isTrue();

    probe.assertSignals(4);
    assertThat(source.requests).containsExactly(Long.MAX_VALUE);
  }
}

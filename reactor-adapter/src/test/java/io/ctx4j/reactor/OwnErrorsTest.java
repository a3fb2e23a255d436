package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** The context's own exception is no news that nobody has heard: it is never dropped. */
class OwnErrorsTest {
  private static final String HOOK = "reactor.onErrorDropped.local";

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();
  private final Dropped dropped = Dropped.everywhere();

  @AfterEach
  void resetHooks() {
    dropped.close();
  }

  private void dropAbove(Throwable error) {
    Operators.onErrorDropped(error, source.actual().currentContext());
  }

  @Test
  @DisplayName("R17 a context's exception dropped above a bind goes nowhere")
  void drop_contextsAboveBind_isNothing() {
    Probe.on(source.transform(CtxOps.bind(ctx)));
    CancelCtx inner = ctx.withCancel();
    inner.cancel();

    dropAbove(requireNonNull(inner.err()));
    ctx.cancel();
    dropAbove(requireNonNull(ctx.err()));

    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName("R17 all else goes where it went without a bind: to the hook of all streams")
  void drop_othersAboveBind_isPassedOn() {
    var other = new IllegalStateException("other");
    Probe.on(source.transform(CtxOps.bind(ctx)));
    dropAbove(other);
    ctx.cancel();
    dropAbove(other);

    assertThat(dropped.errors).containsExactly(other, other);
  }

  @Test
  @DisplayName("R17 likewise what an application has made of a context's exception")
  void drop_applicationsOwnOverContexts_isPassedOn() {
    Probe.on(source.transform(CtxOps.bind(ctx)));
    CancelCtx inner = ctx.withCancel();
    inner.cancel();
    var live = new IllegalStateException("no stock", requireNonNull(inner.err()).copy());
    dropAbove(live);
    ctx.cancel();
    var ended = new IllegalStateException("no order", requireNonNull(ctx.err()).copy());
    dropAbove(ended);

    assertThat(dropped.errors).containsExactly(live, ended);
  }

  @Test
  @DisplayName("R17 or to the subscriber's own, be it below or above the bind")
  void drop_othersAboveBind_isPassedOnToTheLocalHook() {
    var other = new IllegalStateException("other");
    List<Throwable> local = new ArrayList<>();
    Consumer<Throwable> hook = local::add;
    for (Flux<Integer> flux : List.of(
        source.transform(CtxOps.bind(ctx)).contextWrite(Context.of(HOOK, hook)),
        source.contextWrite(Context.of(HOOK, hook)).transform(CtxOps.bind(ctx)),
        source
            .transform(CtxOps.bind(ctx))
            .contextWrite(Context.of(HOOK, hook))
            .transform(CtxOps.bind(ctx.withCancel())))) {
      local.clear();
      Probe.on(flux);
      dropAbove(other);
      assertThat(local).containsExactly(other);
    }
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName(
      "R17 one hook for nested binds, and none for who only shows a context, or binds to nothing")
  void hook_isTheOutermostBinds() {
    Probe.on(source.transform(CtxOps.bind(ctx)));
    Object alone = source.context().get(HOOK);
    Probe.on(source
        .transform(CtxOps.bind(ctx.withCancel()))
        .transform(CtxOps.bind(ctx))
        .transform(CtxOps.withTimeout(Duration.ofHours(1))));
    assertThat(source.context().<Object>get(HOOK)).isSameAs(alone);

    Probe.on(source.transform(CtxOps.bind()).contextWrite(CtxOps.put(ctx)));
    assertThat(source.context().<Object>get(HOOK)).isSameAs(alone);

    for (Flux<Integer> flux : List.of(
        source.contextWrite(CtxOps.put(ctx)),
        source.transform(CtxOps.bind(ctx.withoutCancel())),
        source.transform(CtxOps.detach()).contextWrite(CtxOps.put(ctx)))) {
      Probe.on(flux);
      assertThat(source.context().hasKey(HOOK)).isFalse();
    }
  }

  @Test
  @DisplayName("R17 the hook is found, and not listed: a copy of the Context has what was written")
  void hook_isNotListed() {
    Probe.on(source.transform(CtxOps.bind(ctx)));

    assertThat(source.context().hasKey(HOOK)).isTrue();
    assertThat(source.context().stream().map(entry -> entry.getKey())).containsExactly(Ctx.class);
    assertThat(source.context().size()).isEqualTo(1);
    assertThat(Context.empty().putAll(source.context()).hasKey(HOOK)).isFalse();
    assertThat(source.context().toString()).doesNotContain("onErrorDropped");
  }

  @Test
  @DisplayName("R17 R16 an error that is null, which no source may send, is passed on as any other")
  @SuppressWarnings("NullAway") // what a careless source sends
  void drop_null_isPassedOn() {
    var passed = new AtomicInteger();
    Probe.on(source.transform(CtxOps.bind(ctx)));
    source.complete();
    Hooks.resetOnErrorDropped();
    Hooks.onErrorDropped(error -> passed.incrementAndGet());

    source.fail(null);

    assertThat(passed).hasValue(1);
  }

  @Test
  @DisplayName("R17 R6 a contextWrite above keeps the hook: only what ctx has to say takes a copy")
  void hook_isKeptByContextWrite() {
    for (UnaryOperator<Flux<Integer>> above : List.<UnaryOperator<Flux<Integer>>>of(
        flux -> flux.contextWrite(Context.of("a", 1)),
        flux -> flux.contextWrite(Context.of("a", 1, "b", 2).readOnly()),
        flux -> flux.contextWrite(context -> context.putAllMap(Map.of("a", 1))),
        flux -> flux.contextWrite(context -> context.put("a", 1).delete("a")))) {
      Probe.on(above.apply(source).transform(CtxOps.bind(ctx)));

      assertThat(source.context().hasKey(HOOK)).isTrue();
    }
  }

  @Test
  @DisplayName("R17 a bind above that fails late, canceled or cut below, has nothing to report")
  void fail_lateByCtx_isNothing() {
    CancelCtx other = Ctx.background().withCancel();
    other.cancel();
    var canceled = Probe.on(source.transform(CtxOps.bind(ctx)));
    canceled.cancel();
    source.fail(requireNonNull(other.err()).copy());
    Probe.on(source.mono().transform(CtxOps.bind(ctx)));
    source.complete();
    source.fail(requireNonNull(other.err()).copy());

    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName(
      "R17 withTimeout's child is closed after downstream was told: a success drops nothing")
  void withTimeout_success_dropsNothing() {
    List<Mono<Integer>> winners = List.of(
        Flux.firstWithSignal(
                Flux.range(0, 9).hide().transform(CtxOps.bind()), Flux.just(1).hide())
            .next(),
        Flux.range(0, 9).hide().transform(CtxOps.bind()).next(),
        Flux.range(0, 9)
            .transform(CtxOps.bind())
            .publishOn(Schedulers.immediate())
            .next(),
        Flux.merge(Flux.<Integer>never().transform(CtxOps.bind()), Flux.just(1).hide())
            .next(),
        Flux.just(1)
            .hide()
            .flatMap(i -> Flux.just(1, 2).hide().transform(CtxOps.bind()))
            .take(1)
            .single());
    for (Mono<Integer> winner : winners) {
      List<Throwable> failed = new ArrayList<>();
      Mono<Integer> timed = winner.transform(CtxOps.withTimeout(Duration.ofHours(1)));

      assertThat(Probe.on(timed.doOnError(failed::add)).signals()).contains("complete");

      assertThat(failed).isEmpty();
    }
    assertThat(dropped.errors).isEmpty();
  }

  interface Calls
      extends BiFunction<Flux<Integer>, Function<Integer, Flux<Integer>>, Flux<Integer>> {}

  static Stream<Named> callers() {
    return Stream.of(
        new Named("switchMap", (flux, callee) -> flux.switchMap(each -> callee.apply(each))),
        new Named("concatMap", (flux, callee) -> flux.concatMap(callee)),
        new Named("flatMap", (flux, callee) -> flux.flatMap(callee)),
        new Named("flatMapSequential", (flux, callee) -> flux.flatMapSequential(callee)),
        new Named(
            "switchMap, retried",
            (flux, callee) -> flux.switchMap(each -> callee.apply(each)).retry(1)));
  }

  private record Named(String name, Calls calls) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("callers")
  @DisplayName(
      "R17 caller and callee bound to one context, ended from another thread: nothing is dropped")
  void race_callerAndCalleeBound_dropsNothing(Named caller) {
    var random = new Random(3);
    for (int i = 0; i < 300; i++) {
      CancelCtx own = Ctx.background().withCancel();
      Flux<Integer> items = Flux.range(0, 1_000_000).publishOn(Schedulers.parallel());
      var probe = Probe.on(caller
          .calls()
          .apply(items, x -> Flux.just(x).hide().transform(CtxOps.bind(own)))
          .transform(CtxOps.bind(own))
          .map(x -> 0)
          .filter(x -> false));
      for (int spin = random.nextInt(5_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }

      own.cancel();

      Threads.await(probe.ended);
      assertThat(probe.breaches).isEmpty();
    }
    assertThat(dropped.errors).filteredOn(CtxException.class::isInstance).isEmpty();
  }
}

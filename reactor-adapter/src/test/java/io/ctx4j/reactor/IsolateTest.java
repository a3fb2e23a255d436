package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** {@code isolate()}: what callers share sees none of them. */
class IsolateTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final CtxKey<String> TRACE = CtxKey.named("trace");

  private final CancelCtx root = Ctx.background().withCancel();
  private final Ctx ada = root.withValue(USER, "ada");
  private final Source<Integer> source = new Source<>();

  @Test
  @DisplayName("R18 upstream sees no Ctx and no value of any, and all else")
  void isolate_hidesCtxAndValues() {
    for (Flux<Integer> flux : List.of(
        source.transform(CtxOps.isolate()).transform(CtxOps.bind(ada)),
        source
            .transform(CtxOps.isolate())
            .transform(CtxOps.bind(ada.withValue(TRACE, "inner")))
            .transform(CtxOps.bind(ada)),
        source.transform(CtxOps.isolate()).contextWrite(CtxOps.put(ada)),
        source.transform(CtxOps.isolate()).contextWrite(Context.of(Ctx.class, ada, USER, "eve")),
        source
            .transform(CtxOps.isolate())
            .contextWrite(
                context -> Context.empty().putAll(CtxOps.put(ada).apply(context).readOnly())),
        source.transform(CtxOps.isolate()).contextWrite(CtxOps.withValue(USER, "ada")))) {
      Probe.on(flux.contextWrite(Context.of("plain", 1, TRACE, "downstream")));

      assertThat(source.context().hasKey(Ctx.class)).isFalse();
      assertThat(source.context().hasKey(USER)).isFalse();
      assertThat(source.context().hasKey(TRACE)).isFalse();
      assertThat(source.context().<Integer>get("plain")).isEqualTo(1);
      assertThat(source.context().size()).isEqualTo(1);
      assertThat(CtxOps.get(source.context())).isSameAs(Ctx.background());
    }
  }

  @Test
  @DisplayName("R18 one caller's values never reach another through a cache")
  void isolate_cached_leaksNothing() {
    var loads = new AtomicInteger();
    Mono<String> load = Mono.deferContextual(
        view -> Mono.just(loads.incrementAndGet() + " " + view.getOrDefault(USER, "nobody")));
    Mono<String> shared = load.transform(CtxOps.<String>isolate()).cache();

    assertThat(shared.transform(CtxOps.bind(ada)).block()).isEqualTo("1 nobody");
    assertThat(shared.transform(CtxOps.bind(root.withValue(USER, "eve"))).block())
        .isEqualTo("1 nobody");
  }

  @Test
  @DisplayName("R18 the end of the caller's context ends its stream, not what is shared")
  void isolate_cached_outlivesItsFirstCaller() {
    Source<Integer> own = new Source<>();
    Mono<Integer> shared =
        own.mono().transform(CtxOps.bind()).transform(CtxOps.<Integer>isolate()).cache();
    var first = Probe.on(shared.transform(CtxOps.bind(ada)));
    root.cancel();
    first.assertSignals("cut");

    var second = Probe.on(shared);
    own.emit(1).complete();

    second.assertSignals(1, "complete");
    assertThat(own.subscribed).hasValue(1);
  }

  @Test
  @DisplayName("R18 a bind above it binds, to its own context")
  void isolate_bindAbove_binds() {
    CancelCtx own = Ctx.background().withCancel();
    var probe = Probe.on(source
        .transform(CtxOps.bind(own))
        .transform(CtxOps.withTimeout(Duration.ofHours(1)))
        .transform(CtxOps.isolate())
        .transform(CtxOps.bind(ada)));
    assertThat(CtxOps.get(source.context())).isSameAs(own);
    assertThat(source.context().hasKey(USER)).isFalse();

    own.cancel();

    probe.assertSignals("cut");
    assertThat(root.isDone()).isFalse();
  }

  @Test
  @DisplayName("R18 it keeps the type, and is nothing where there is nothing to hide")
  void isolate_keepsTheType() {
    assertThat(CtxOps.<Integer>isolate().apply(Mono.just(1).hide())).isInstanceOf(Mono.class);
    assertThat(CtxOps.<Integer>isolate().apply(Flux.just(1, 2))).isInstanceOf(Flux.class);
    Probe.on(source.transform(CtxOps.isolate()).contextWrite(Context.of("plain", 1)));
    assertThat(source.context().<Integer>get("plain")).isEqualTo(1);
  }
}

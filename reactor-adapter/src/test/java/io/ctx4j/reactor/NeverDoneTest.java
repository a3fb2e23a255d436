package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Fuseable;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Binding to a context that can never be done. */
class NeverDoneTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final Source<Integer> source = new Source<>();

  static Stream<Named<Ctx>> never() {
    return Stream.of(
        Named.of("background", Ctx.background().withValue(USER, "ada")),
        Named.of("todo", Ctx.todo().withValue(USER, "ada")),
        Named.of(
            "withoutCancel",
            Ctx.background().withCancel().withValue(USER, "ada").withoutCancel()));
  }

  @ParameterizedTest
  @MethodSource("never")
  @DisplayName("R8 only the ContextView is extended: no step of ours, and what contextWrite makes")
  void bind_neverDone_isContextWrite(Ctx ctx) {
    Flux<Integer> range = Flux.range(1, 3);
    Flux<Integer> bound = range.transform(CtxOps.bind(ctx));

    assertThat(Scannable.from(bound).steps().toList())
        .isEqualTo(Scannable.from(range.contextWrite(CtxOps.put(ctx))).steps().toList())
        .doesNotContain("ctx.bind");
    Mono<Integer> mono = Mono.just(1).hide().transform(CtxOps.bind(ctx));
    assertThat(Scannable.from(mono).steps().toList()).doesNotContain("ctx.bind");
  }

  @ParameterizedTest
  @MethodSource("never")
  @DisplayName("R8 the values are visible above all the same")
  void bind_neverDone_showsValues(Ctx ctx) {
    Probe.on(source.transform(CtxOps.bind(ctx)));

    assertThat(CtxOps.get(source.context())).isSameAs(ctx);
    assertThat(source.context().<String>get(USER)).isEqualTo("ada");
  }

  @ParameterizedTest
  @MethodSource("never")
  @DisplayName("R8 fusion is the raw pipeline's: SYNC stays SYNC")
  void bind_neverDone_keepsSyncFusion(Ctx ctx) {
    var probe = FusedProbe.on(Flux.range(1, 3).transform(CtxOps.bind(ctx)), 10);

    assertThat(probe.mode()).isEqualTo(Fuseable.SYNC);
    probe.out.assertSignals(1, 2, 3, "complete");
  }

  @ParameterizedTest
  @MethodSource("never")
  @DisplayName("R8 bind() under a subscriber whose Ctx can never be done puts nothing in between")
  void bindSubscribers_neverDone_putsNothingBetween(Ctx ctx) {
    var probe = Probe.<Integer>of(1);
    source
        .transform(CtxOps.bind())
        .contextWrite(CtxOps.put(ctx))
        .subscribe((reactor.core.CoreSubscriber<Integer>) probe);
    assertThat(Scannable.from(source.actual()).stepName()).isNotEqualTo("ctx.bind");
    assertThat(CtxOps.get(source.context())).isSameAs(ctx);
  }

  @Test
  @DisplayName("R8 bind() under a subscriber without a Ctx subscribes it to the source itself")
  void bindSubscribers_none_subscribesDirectly() {
    var probe = Probe.<Integer>of(1);

    source.transform(CtxOps.bind()).subscribe((reactor.core.CoreSubscriber<Integer>) probe);

    assertThat(source.actual()).isSameAs(probe);
  }

  @Test
  @DisplayName("R8 a name or a value over a context that can be done is bound like that one")
  void bind_layerOverCancelable_isBound() {
    Ctx layered = Ctx.background().withCancel().withValue(USER, "ada").withName("named");

    assertThat(Scannable.from(source.transform(CtxOps.bind(layered))).steps().toList())
        .contains("ctx.bind");
  }
}

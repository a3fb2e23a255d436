package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Work that a context shall not end. */
class DetachTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  @Test
  @DisplayName("R15 upstream sees the subscriber's Ctx withoutCancel: its values, and no end")
  void detach_showsWithoutCancel() {
    Probe.on(source
        .transform(CtxOps.detach())
        .transform(CtxOps.bind(ctx.withValue(USER, "ada")))
        .contextWrite(context -> context.put("plain", 1)));
    Ctx seen = CtxOps.get(source.context());

    assertThat(seen.isCancelable()).isFalse();
    assertThat(seen.value(USER)).isEqualTo("ada");
    assertThat(source.context().<String>get(USER)).isEqualTo("ada");
    assertThat(source.context().<Integer>get("plain")).isEqualTo(1);
    ctx.cancel();
    assertThat(seen.isDone()).isFalse();
  }

  @Test
  @DisplayName("R15 bind() and withTimeout above a detach are not ended by the subscriber's Ctx")
  void detach_bindAbove_isNotEnded() {
    var probe = Probe.on(
        source.transform(CtxOps.bind()).transform(CtxOps.detach()).contextWrite(CtxOps.put(ctx)));

    ctx.cancel();
    source.emit(1).complete();

    probe.assertSignals(1, "complete");
  }

  @Test
  @DisplayName(
      "R15 detach changes what is seen, not who may cancel: a cut below still cancels upstream")
  void detach_cutBelow_cancelsUpstream() {
    var probe = Probe.on(source.transform(CtxOps.detach()).transform(CtxOps.bind(ctx)));

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName(
      "R15 detach().cache(): the write goes on when the subscriber's context ends, and is told to others")
  void detachCache_cut_writeGoesOn() {
    List<Ctx> seen = new ArrayList<>();
    Mono<Integer> write = Mono.deferContextual(view -> {
          seen.add(CtxOps.get(view));
          return source.mono().transform(CtxOps.bind());
        })
        .transform(CtxOps.detach())
        .cache();
    var cut = Probe.on(write.transform(CtxOps.bind(ctx)));

    ctx.cancel();

    cut.assertSignals("cut");
    assertThat(source.canceled).hasValue(0);
    source.emit(1).complete();
    Probe.on(write).assertSignals(1, "complete");
    assertThat(source.subscribed).hasValue(1);
    assertThat(seen).singleElement().returns(false, Ctx::isDone);
  }

  @Test
  @DisplayName("R15 detach where there is no Ctx shows the background")
  void detach_none_isBackground() {
    Probe.on(source.transform(CtxOps.detach()));

    assertThat(CtxOps.get(source.context()).isCancelable()).isFalse();
    assertThat(CtxOps.get(source.context()).value(USER)).isNull();
  }
}

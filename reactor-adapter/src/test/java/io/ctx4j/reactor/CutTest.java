package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What happens when the context of a running stream is done. */
class CutTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();
  private final Flux<Integer> bound = source.transform(CtxOps.bind(ctx));

  @Test
  @DisplayName("R1 upstream is canceled first, once, and downstream is told last")
  void cancel_live_cancelsUpstreamThenTellsDownstream() {
    List<String> order = new ArrayList<>();
    var probe = Probe.on(bound);
    source.inCancel = () -> order.add("upstream");
    probe.inEnd = () -> order.add("downstream");

    source.emit(1, 2);
    ctx.cancel();

    assertThat(order).containsExactly("upstream", "downstream");
    assertThat(source.canceled).hasValue(1);
    probe.assertSignals(1, 2, "cut");
  }

  @Test
  @DisplayName(
      "R1 the end is decided before upstream is canceled: no demand or element gets through")
  void cancel_live_decidesFirst() {
    var probe = Probe.on(bound);
    source.inCancel = () -> {
      assertThat(ctx.isDone()).isTrue();
      assertThat(probe.isOver()).isFalse();
      source.emit(3).complete();
    };

    source.emit(1, 2);
    ctx.cancel();

    probe.assertSignals(1, 2, "cut");
  }

  @Test
  @DisplayName("R1 a deadline's error says so, and which deadline")
  void deadline_passes_tellsDeadlineExceeded() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    CancelCtx timed =
        Ctx.root(CtxOps.timeSource(time)).withName("checkout").withTimeout(Duration.ofSeconds(1));
    var probe = Probe.on(source.transform(CtxOps.bind(timed)));

    time.advanceTimeBy(Duration.ofSeconds(1));

    assertThat(probe.error())
        .isExactlyInstanceOf(DeadlineExceededException.class)
        .hasMessage("context deadline exceeded (checkout)")
        .hasNoCause();
    assertThat(((DeadlineExceededException) probe.error()).deadline()).isEqualTo(timed.deadline());
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 downstream is told without any demand")
  void cancel_noDemand_isTold() {
    var probe = Probe.on(bound, 0);

    ctx.cancel();

    probe.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 downstream is told when its demand is used up")
  void cancel_demandUsedUp_isTold() {
    var probe = Probe.on(bound, 2);
    source.emit(1, 2);

    ctx.cancel();

    probe.assertSignals(1, 2, "cut");
  }

  @Test
  @DisplayName("R1 every Flux and Mono of one context is cut, in the order of subscription")
  void cancel_severalStreams_allAreCut() {
    List<Integer> order = new ArrayList<>();
    List<Probe<Integer>> probes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      Source<Integer> own = new Source<>();
      Probe<Integer> probe = i % 2 == 0
          ? Probe.on(own.transform(CtxOps.bind(ctx)))
          : Probe.on(own.mono().transform(CtxOps.bind(ctx)));
      probe.inEnd = () -> order.add(number);
      probes.add(probe);
    }

    ctx.cancel();

    assertThat(probes).allMatch(Probe::isCut);
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  @DisplayName("R1 an ended context above ends the stream below, with its cause")
  void cancel_ofAncestor_cutsWithItsCause() {
    var why = new IllegalStateException("why");
    CancelCtx child = ctx.withCancel();
    var probe = Probe.on(source.transform(CtxOps.bind(child.withName("below"))));

    ctx.cancel(why);

    assertThat(probe.error()).hasMessage("context canceled").hasCause(why);
  }
}

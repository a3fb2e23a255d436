package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
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
  @DisplayName("R1 the error is a copy of err: type, text and cause, and not the shared instance")
  void cancel_withCause_tellsCopy() {
    var why = new IllegalStateException("why");
    var probe = Probe.on(bound);

    ctx.cancel(why);

    CtxException err = requireNonNull(ctx.err());
    assertThat(probe.error())
        .isExactlyInstanceOf(CanceledException.class)
        .isNotSameAs(err)
        .hasMessage(err.getMessage())
        .hasCause(why);
    assertThat(probe.error().getCause()).isSameAs(why);
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
  @DisplayName("R1 close() is a cut as well, and the copy says that it was a close")
  void close_live_tellsClosed() {
    var probe = Probe.on(bound);

    ctx.close();

    assertThat(probe.error()).isInstanceOf(CanceledException.class);
    assertThat(((CanceledException) probe.error()).isClosed()).isTrue();
  }

  @Test
  @DisplayName("R1 each subscriber gets an instance of its own, which takes suppressed exceptions")
  void cancel_manySubscribers_eachGetsItsOwn() {
    Source<Integer> other = new Source<>();
    var first = Probe.on(bound);
    var second = Probe.on(bound);
    var third = Probe.on(other.transform(CtxOps.bind(ctx)));

    ctx.cancel();

    assertThat(first.error()).isNotSameAs(second.error()).isNotSameAs(third.error());
    assertThat(second.error()).isNotSameAs(third.error());
    first.error().addSuppressed(new Exception("an assembly trace"));
    assertThat(first.error().getSuppressed()).hasSize(1);
    assertThat(second.error().getSuppressed()).isEmpty();
    assertThat(requireNonNull(ctx.err()).getSuppressed()).isEmpty();
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
  @DisplayName(
      "R1 what upstream signals when it is canceled does not replace ctx's error: completion")
  void cancel_upstreamCompletesInCancel_tellsErr() {
    var probe = Probe.on(bound);
    source.inCancel = source::complete;

    ctx.cancel();

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R1 what upstream signals when it is canceled does not replace ctx's error: an error")
  void cancel_upstreamFailsInCancel_tellsErr() {
    var late = new IllegalStateException("late");
    try (var dropped = Dropped.everywhere()) {
      var probe = Probe.on(bound);
      source.inCancel = () -> source.fail(late);

      ctx.cancel();

      probe.assertSignals("cut");
      assertThat(dropped.errors).containsExactly(late);
    }
  }

  @Test
  @DisplayName("R1 an upstream whose cancel() throws does not keep downstream from being told")
  void cancel_upstreamThrowsInCancel_tellsErr() {
    var thrown = new IllegalStateException("in cancel");
    try (var dropped = Dropped.everywhere()) {
      var probe = Probe.on(bound);
      source.inCancel = () -> {
        throw thrown;
      };

      ctx.cancel();

      probe.assertSignals("cut");
      assertThat(dropped.errors).containsExactly(thrown);
    }
  }

  @Test
  @DisplayName("R1 downstream is told after upstream's cancel() has returned, on the same thread")
  void cancel_upstreamBlocksInCancel_tellsAfterIt() {
    var inCancel = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var probe = Probe.on(bound);
    source.inCancel = () -> {
      inCancel.countDown();
      Threads.await(goOn);
    };

    Future<?> canceling = Threads.start(ctx::cancel);
    Threads.await(inCancel);

    assertThat(probe.isOver()).isFalse();
    goOn.countDown();
    Threads.join(canceling);
    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R1 downstream that cancels while upstream is being canceled is told nothing")
  void cancel_downstreamCancelsMeanwhile_isToldNothing() {
    var probe = Probe.on(bound);
    source.inCancel = probe::cancel;

    ctx.cancel();

    probe.assertSignals();
    assertThat(source.canceled).hasValue(1);
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

package io.ctx4j.rxjava3;

import static io.reactivex.rxjava3.operators.QueueFuseable.ANY;
import static io.reactivex.rxjava3.operators.QueueFuseable.ASYNC;
import static io.reactivex.rxjava3.operators.QueueFuseable.BOUNDARY;
import static io.reactivex.rxjava3.operators.QueueFuseable.NONE;
import static io.reactivex.rxjava3.operators.QueueFuseable.SYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A consumer that takes its items from a queue. */
class FusionTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final QueuedSource full = QueuedSource.synchronous(1, 2, 3);
  private final QueuedSource queued = QueuedSource.asynchronous();

  /** The types that can be fused. */
  private enum Fused {
    FLOWABLE,
    OBSERVABLE
  }

  private Probe subscribe(Fused type, QueuedSource source) {
    return type == Fused.FLOWABLE
        ? subscribe(source.flowable(), ANY, 1)
        : subscribe(source.observable(), ANY);
  }

  private Probe subscribe(Flowable<Integer> source, int mode, long demand) {
    var probe = new Probe(demand);
    probe.fusion = mode;
    source.compose(RxCtxOps.bind(ctx)).subscribe(probe);
    return probe;
  }

  private Probe subscribe(Observable<Integer> source, int mode) {
    var probe = new Probe();
    probe.fusion = mode;
    source.compose(RxCtxOps.bind(ctx)).subscribe(probe);
    return probe;
  }

  @Test
  @DisplayName(
      "X3 fused as a map is: not across a boundary, and only where the source is; asynchronously")
  void requestFusion_anyMode_isGrantedAsToMap() {
    Flowable<Integer> range = Flowable.range(1, 3);
    assertThat(subscribe(range, ANY, 0).granted()).isEqualTo(ASYNC);
    assertThat(subscribe(range, ANY | BOUNDARY, 0).granted()).isEqualTo(NONE);
    assertThat(subscribe(range, SYNC, 0).granted()).isEqualTo(NONE);
    assertThat(subscribe(range, ASYNC, 0).granted()).isEqualTo(NONE);
    assertThat(subscribe(range.hide(), ANY, 0).granted()).isEqualTo(NONE);
    assertThat(subscribe(queued.flowable(), ASYNC, 0).granted()).isEqualTo(ASYNC);
    assertThat(subscribe(range.compose(RxCtxOps.bind(ctx)), ANY, 0).granted()).isEqualTo(ASYNC);

    Observable<Integer> other = Observable.range(1, 3);
    assertThat(subscribe(other, ANY).granted()).isEqualTo(ASYNC);
    assertThat(subscribe(other, ANY | BOUNDARY).granted()).isEqualTo(NONE);
    assertThat(subscribe(other, SYNC).granted()).isEqualTo(NONE);
    assertThat(subscribe(other, ASYNC).granted()).isEqualTo(NONE);
    assertThat(subscribe(other.hide(), ANY).granted()).isEqualTo(NONE);
    assertThat(subscribe(queued.observable(), ASYNC).granted()).isEqualTo(ASYNC);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 a synchronous source: one signal, then the consumer takes what there is, and is told the end")
  void poll_synchronous_takesAll(Fused type) {
    Probe probe = subscribe(type, full);
    probe.assertSignals("ready");

    assertThat(probe.poll()).isEqualTo(1);
    assertThat(probe.poll()).isEqualTo(2);
    assertThat(probe.poll()).isEqualTo(3);
    probe.assertSignals("ready");

    assertThat(probe.poll()).isNull();
    probe.assertSignals("ready", "end");
    assertThat(probe.poll()).isNull();
    assertThat(probe.queue().isEmpty()).isTrue();
    probe.assertSignals("ready", "end");
    assertThat(full.canceled).hasValue(0);
    assertThat(full.requests).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X3 a consumer that only asks whether the queue is empty is told the end as well")
  void isEmpty_synchronousAtItsEnd_tellsEnd(Fused type) {
    Probe probe = subscribe(type, QueuedSource.synchronous(1));

    assertThat(probe.queue().isEmpty()).isFalse();
    assertThat(probe.poll()).isEqualTo(1);
    probe.assertSignals("ready");
    assertThat(probe.queue().isEmpty()).isTrue();

    probe.assertSignals("ready", "end");
  }

  @Test
  @DisplayName("X3 a synchronous Flowable signals with the first request, and once")
  void request_synchronous_signalsOnce() {
    Probe probe = subscribe(Flowable.range(1, 3), ANY, 0);
    probe.assertSignals();

    probe.request(1);
    probe.request(5);

    probe.assertSignals("ready");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 R1 a cut of a synchronous source is told without being asked for; no item gets through")
  void cancel_synchronous_isTold(Fused type) {
    Probe probe = subscribe(type, full);
    assertThat(probe.poll()).isEqualTo(1);

    ctx.cancel();

    probe.assertSignals("ready", "cut");
    assertThat(full.canceled).hasValue(1);
    assertThat(probe.queue().isEmpty()).isTrue();
    assertThat(probe.poll()).isNull();
    assertThat(full.size()).isZero();
    probe.assertSignals("ready", "cut");
  }

  @Test
  @DisplayName("X3 R1 a cut of a synchronous Flowable that was not even requested from is told")
  void cancel_synchronousNoDemand_isTold() {
    Probe probe = subscribe(full.flowable(), ANY, 0);

    ctx.cancel();
    probe.request(1);

    probe.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X3 an asynchronous source: its signals pass, and its end when the queue is empty")
  void poll_asynchronous_takesAll(Fused type) {
    Probe probe = subscribe(type, queued);

    queued.emit(1, 2);
    probe.assertSignals("ready", "ready");
    assertThat(probe.poll()).isEqualTo(1);
    assertThat(probe.queue().isEmpty()).isFalse();
    assertThat(probe.poll()).isEqualTo(2);
    assertThat(probe.poll()).isNull();
    assertThat(probe.queue().isEmpty()).isTrue();
    queued.emit(3);
    queued.end();
    probe.assertSignals("ready", "ready", "ready", "ready");
    assertThat(probe.poll()).isEqualTo(3);
    assertThat(probe.queue().isEmpty()).isTrue();

    probe.assertSignals("ready", "ready", "ready", "ready", "end");
    assertThat(queued.requests).hasValue(type == Fused.FLOWABLE ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 R4 a source that has completed is still cut as long as there are items in the queue")
  void cancel_completedWithBacklog_isCut(Fused type) {
    Probe probe = subscribe(type, queued);
    queued.emit(1, 2, 3);
    queued.end();
    assertThat(probe.poll()).isEqualTo(1);

    ctx.cancel();

    assertThat(probe.poll()).isNull();
    assertThat(probe.queue().isEmpty()).isTrue();
    probe.assertSignals("ready", "ready", "ready", "ready", "cut");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 a consumer that finds the queue empty inside of the signal is told the end after that")
  void poll_insideOfSignal_endComesAfterIt(Fused type) {
    Probe probe = subscribe(type, queued);
    probe.inNext = () -> {
      assertThat(probe.poll()).isNull();
      assertThat(probe.isOver()).isFalse();
    };

    queued.end();

    probe.assertSignals("ready", "end");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 an error of an asynchronous source is told at once, and what is queued can be taken")
  void fail_asynchronous_isToldAtOnce(Fused type) {
    Probe probe = subscribe(type, queued);
    queued.emit(1);
    queued.fail(new IllegalStateException("failed"));

    ctx.cancel();

    probe.assertSignals("ready", "error failed");
    assertThat(probe.poll()).isEqualTo(1);
    assertThat(probe.poll()).isNull();
    probe.assertSignals("ready", "error failed");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 R3 a queue that throws has ended the stream: upstream is stopped, and the context out of it")
  void poll_throws_endsTheStream(Fused type) {
    var thrown = new IllegalStateException("in poll");
    full.inPoll = () -> {
      throw thrown;
    };
    Probe probe = subscribe(type, full);

    assertThatThrownBy(probe::poll).isSameAs(thrown);
    assertThat(full.canceled).hasValue(1);
    probe.leave();
    ctx.cancel();

    probe.assertSignals("ready");
    assertThat(full.canceled).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X3 X1 a queue that throws when the cut has come is late: reported, and the consumer sees none")
  void poll_throwsWhileCut_isLate(Fused type) {
    var thrown = new IllegalStateException("in poll");
    full.inPoll = () -> {
      ctx.cancel();
      throw thrown;
    };
    try (var undelivered = new Undelivered()) {
      Probe probe = subscribe(type, full);

      assertThat(probe.poll()).isNull();

      probe.assertSignals("ready", "cut");
      assertThat(undelivered.errors).containsExactly(thrown);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X3 a consumer that leaves stops the source; clear() empties its queue")
  void leave_fused_stopsTheSource(Fused type) {
    Probe probe = subscribe(type, queued);
    queued.emit(1, 2);

    probe.leave();
    probe.queue().clear();

    assertThat(probe.poll()).isNull();
    assertThat(queued.canceled).hasValue(1);
    probe.assertSignals("ready", "ready");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X3 nobody may put anything into the queue")
  void offer_any_throws(Fused type) {
    Probe probe = subscribe(type, full);

    assertThatThrownBy(() -> probe.queue().offer(1))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> probe.queue().offer(1, 2))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X3 R2 where the context is done before there is no queue either")
  void requestFusion_done_isNone(Fused type) {
    ctx.cancel();

    Probe probe = subscribe(type, full);

    assertThat(probe.granted()).isEqualTo(NONE);
    probe.assertSignals("cut");
  }
}

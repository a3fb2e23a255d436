package io.ctx4j.rxjava3;

import static io.reactivex.rxjava3.operators.QueueFuseable.ANY;
import static io.reactivex.rxjava3.operators.QueueFuseable.ASYNC;
import static io.reactivex.rxjava3.operators.QueueFuseable.BOUNDARY;
import static io.reactivex.rxjava3.operators.QueueFuseable.NONE;
import static io.reactivex.rxjava3.operators.QueueFuseable.SYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.operators.QueueFuseable;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A consumer that takes its items from a queue, and one that asks for it. */
class FusionTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final QueuedSource full = QueuedSource.synchronous(1, 2, 3);
  private final QueuedSource queued = QueuedSource.asynchronous();

  private Probe subscribe(QueuedSource source) {
    return subscribe(source.observable(), ANY);
  }

  private Probe subscribe(Observable<Integer> source, int mode) {
    var probe = new Probe();
    probe.fusion = mode;
    source.compose(RxCtxOps.bind(ctx)).subscribe(probe);
    return probe;
  }

  @Test
  @DisplayName(
      "X3 an Observable is fused as a map is: not across a boundary, and only where the source is; asynchronously")
  void requestFusion_anyMode_isGrantedAsToMap() {
    Observable<Integer> range = Observable.range(1, 3);
    assertThat(subscribe(range, ANY).granted()).isEqualTo(ASYNC);
    assertThat(subscribe(range, ANY | BOUNDARY).granted()).isEqualTo(NONE);
    assertThat(subscribe(range, SYNC).granted()).isEqualTo(NONE);
    assertThat(subscribe(range, ASYNC).granted()).isEqualTo(NONE);
    assertThat(subscribe(range.hide(), ANY).granted()).isEqualTo(NONE);
    assertThat(subscribe(queued.observable(), ASYNC).granted()).isEqualTo(ASYNC);
    assertThat(subscribe(range.compose(RxCtxOps.bind(ctx)), ANY).granted()).isEqualTo(ASYNC);
  }

  @Test
  @DisplayName(
      "X6 a Flowable is not fused: its consumers stop asking, and would not be told the source's end")
  void onSubscribe_flowable_offersNoQueue() {
    for (Flowable<Integer> source :
        List.of(Flowable.range(1, 3), queued.flowable(), Flowable.range(1, 3).filter(i -> true))) {
      var probe = new Probe(3);
      source.compose(RxCtxOps.bind(ctx)).subscribe(probe);

      assertThat(probe.upstream()).isNotInstanceOf(QueueFuseable.class);
    }
  }

  @Test
  @DisplayName("X3 where fusion was refused, or not asked for, the queue is an empty one")
  void queue_notFused_isEmpty() {
    for (int mode : new int[] {NONE, SYNC, ANY | BOUNDARY}) {
      Probe probe = subscribe(queued.observable(), mode);
      @SuppressWarnings("unchecked")
      var queue = (QueueFuseable<Integer>) probe.upstream();
      queued.emit(7);

      assertThat(queue.isEmpty()).isTrue();
      assertThatCode(() -> assertThat(queue.poll()).isNull()).doesNotThrowAnyException();
      queue.clear();
      queued.end();

      probe.assertSignals(7, "end");
    }
  }

  @Test
  @DisplayName(
      "X3 a synchronous source: one signal, then the consumer takes what there is, and is told the end")
  void poll_synchronous_takesAll() {
    Probe probe = subscribe(full);
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

  @Test
  @DisplayName("X3 a consumer that only asks whether the queue is empty is told the end as well")
  void isEmpty_synchronousAtItsEnd_tellsEnd() {
    Probe probe = subscribe(QueuedSource.synchronous(1));

    assertThat(probe.queue().isEmpty()).isFalse();
    assertThat(probe.poll()).isEqualTo(1);
    probe.assertSignals("ready");
    assertThat(probe.queue().isEmpty()).isTrue();

    probe.assertSignals("ready", "end");
  }

  @Test
  @DisplayName(
      "X3 R1 a cut of a synchronous source is told without being asked for; no item gets through")
  void cancel_synchronous_isTold() {
    Probe probe = subscribe(full);
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
  @DisplayName("X3 an asynchronous source: its signals pass, and its end when the queue is empty")
  void poll_asynchronous_takesAll() {
    Probe probe = subscribe(queued);

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
    assertThat(queued.requests).hasValue(0);
  }

  @Test
  @DisplayName(
      "X3 R4 a source that has completed is still cut as long as there are items in the queue")
  void cancel_completedWithBacklog_isCut() {
    Probe probe = subscribe(queued);
    queued.emit(1, 2, 3);
    queued.end();
    assertThat(probe.poll()).isEqualTo(1);

    ctx.cancel();

    assertThat(probe.poll()).isNull();
    assertThat(probe.queue().isEmpty()).isTrue();
    probe.assertSignals("ready", "ready", "ready", "ready", "cut");
  }

  @Test
  @DisplayName(
      "X3 a consumer that finds the queue empty inside of the signal is told the end after that")
  void poll_insideOfSignal_endComesAfterIt() {
    Probe probe = subscribe(queued);
    probe.inNext = () -> {
      assertThat(probe.poll()).isNull();
      assertThat(probe.isOver()).isFalse();
    };

    queued.end();

    probe.assertSignals("ready", "end");
  }

  @Test
  @DisplayName(
      "X3 an error of an asynchronous source is told at once, and what is queued can be taken")
  void fail_asynchronous_isToldAtOnce() {
    Probe probe = subscribe(queued);
    queued.emit(1);
    queued.fail(new IllegalStateException("failed"));

    ctx.cancel();

    probe.assertSignals("ready", "error failed");
    assertThat(probe.poll()).isEqualTo(1);
    assertThat(probe.poll()).isNull();
    probe.assertSignals("ready", "error failed");
  }

  @Test
  @DisplayName(
      "X3 R3 a queue that throws has ended the stream: upstream is stopped, and the context out of it")
  void poll_throws_endsTheStream() {
    var thrown = new IllegalStateException("in poll");
    full.inPoll = () -> {
      throw thrown;
    };
    Probe probe = subscribe(full);

    assertThatThrownBy(probe::poll).isSameAs(thrown);
    assertThat(full.canceled).hasValue(1);
    probe.leave();
    ctx.cancel();

    probe.assertSignals("ready");
    assertThat(full.canceled).hasValue(1);
  }

  @Test
  @DisplayName(
      "X3 X1 a queue that throws when the cut has come is late: reported, and the consumer sees none")
  void poll_throwsWhileCut_isLate() {
    var thrown = new IllegalStateException("in poll");
    full.inPoll = () -> {
      ctx.cancel();
      throw thrown;
    };
    try (var undelivered = new Undelivered()) {
      Probe probe = subscribe(full);

      assertThat(probe.poll()).isNull();

      probe.assertSignals("ready", "cut");
      assertThat(undelivered.errors).containsExactly(thrown);
    }
  }

  @Test
  @DisplayName("X3 a consumer that leaves stops the source; clear() empties its queue")
  void leave_fused_stopsTheSource() {
    Probe probe = subscribe(queued);
    queued.emit(1, 2);

    probe.leave();
    probe.queue().clear();

    assertThat(probe.poll()).isNull();
    assertThat(queued.canceled).hasValue(1);
    probe.assertSignals("ready", "ready");
  }

  @Test
  @DisplayName("X3 nobody may put anything into the queue")
  void offer_any_throws() {
    Probe probe = subscribe(full);

    assertThatThrownBy(() -> probe.queue().offer(1))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> probe.queue().offer(1, 2))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  @DisplayName("X3 R2 where the context is done before there is no queue either")
  void requestFusion_done_isNone() {
    ctx.cancel();

    Probe probe = subscribe(full);

    assertThat(probe.granted()).isEqualTo(NONE);
    probe.assertSignals("cut");
  }

  private void endAsTheQueueWasLookedAt() {
    queued.looked = () -> {
      queued.looked = () -> {};
      queued.emit(5);
      queued.end();
    };
  }

  @Test
  @DisplayName("X3 R1 the last item and the end come as a poll found nothing: it can still be cut")
  void poll_lastItemComesMeanwhile_isNotTheEnd() {
    Probe probe = subscribe(queued);
    endAsTheQueueWasLookedAt();

    assertThat(probe.poll()).isNull();
    ctx.cancel();

    assertThat(probe.signals()).endsWith("cut").doesNotContain("end");
  }

  @Test
  @DisplayName("X3 R1 the same as the queue was found empty")
  void isEmpty_lastItemComesMeanwhile_isNotTheEnd() {
    Probe probe = subscribe(queued);
    endAsTheQueueWasLookedAt();

    assertThat(probe.queue().isEmpty()).isTrue();
    ctx.cancel();

    assertThat(probe.signals()).endsWith("cut").doesNotContain("end");
  }
}

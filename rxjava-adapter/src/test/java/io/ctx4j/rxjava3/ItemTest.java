package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.processors.PublishProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Items and demand, of the types that have several. */
class ItemTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  private void subscribe(Type type) {
    type.subscribe(source, probe, Binding.to(ctx));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName("X1 R4 what came before the cut was delivered, what comes after it is not")
  void cancel_betweenItems_dropsLaterOnes(Type type) {
    subscribe(type);

    source.emit(1, 2);
    ctx.cancel();
    source.emit(3, 4);

    probe.assertSignals(1, 2, "cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName("X1 R4 canceled inside of onNext: told after it, on its thread, and no further item")
  void cancel_insideOnNext_isToldAfterIt(Type type) {
    probe.inNext = () -> {
      if (probe.signals().size() == 2) {
        ctx.cancel();
        assertThat(probe.isOver()).isFalse();
        assertThat(source.canceled).hasValue(1);
      }
    };
    subscribe(type);

    source.emit(1, 2, 3);

    probe.assertSignals(1, 2, "cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName("X1 R4 canceled elsewhere while an item is on its way: told after it, by its thread")
  void cancel_whileOnNext_isToldAfterIt(Type type) {
    var inNext = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    probe.inNext = () -> {
      inNext.countDown();
      Threads.await(goOn);
    };
    subscribe(type);

    Future<?> emitting = Threads.start(() -> source.emit(1, 2));
    Threads.await(inNext);
    ctx.cancel();

    assertThat(source.canceled).hasValue(1);
    assertThat(probe.isOver()).isFalse();
    goOn.countDown();
    Threads.join(emitting);
    probe.assertSignals(1, "cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName(
      "X1 R4 an item from inside of an item, and a cut from inside of that: told after both")
  void cancel_insideNestedOnNext_isToldAfterTheOuter(Type type) {
    probe.inNext = () -> {
      int received = probe.signals().size();
      if (received == 1) {
        source.emit(2);
        assertThat(probe.isOver()).isFalse();
        source.emit(3);
      } else {
        ctx.cancel();
      }
    };
    subscribe(type);

    source.emit(1);

    probe.assertSignals(1, 2, "cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName("X1 R4 a consumer that throws from onNext can still be told")
  void cancel_afterOnNextThrew_isTold(Type type) {
    probe.inNext = () -> {
      throw new IllegalStateException("in onNext");
    };
    subscribe(type);

    try {
      source.emit(1);
    } catch (IllegalStateException expected) {
      assertThat(probe.isOver()).isFalse();
    }
    ctx.cancel();

    probe.assertSignals(1, "cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName(
      "X1 a consumer that leaves inside of onNext gets no further item, also from the same call")
  void leave_insideOnNext_getsNoMore(Type type) {
    probe.inNext = probe::leave;
    subscribe(type);

    source.emit(1, 2);
    ctx.cancel();

    probe.assertSignals(1);
    assertThat(source.canceled).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "FLUX", "MONO"})
  @DisplayName("X1 R1 demand passes through unchanged, without prefetch")
  void request_any_passesUnchanged(Type type) {
    var idle = new Probe(0);
    type.subscribe(source, idle, Binding.to(ctx));
    assertThat(source.requests).isEmpty();

    idle.request(1);
    idle.request(7);
    idle.request(Long.MAX_VALUE);

    assertThat(source.requests).containsExactly(1L, 7L, Long.MAX_VALUE);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "FLUX", "MONO"})
  @DisplayName("X1 R1 told without any demand")
  void cancel_noDemand_isTold(Type type) {
    var idle = new Probe(0);
    type.subscribe(source, idle, Binding.to(ctx));

    ctx.cancel();

    idle.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "FLUX"})
  @DisplayName(
      "X1 R4 canceled inside of the first request: the consumer has its subscription, and is told")
  void cancel_insideFirstRequest_isTold(Type type) {
    source.inRequest = () -> {
      ctx.cancel();
      assertThat(probe.isOver())
          .isTrue(); // it need not wait until the consumer's onSubscribe returns
    };

    subscribe(type);

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("X1 a request for zero is the source's business: RxJava's sources report it")
  void request_zero_isReportedByTheSource() {
    var idle = new Probe(0);
    try (var undelivered = new Undelivered()) {
      Flowable.range(1, 2).compose(RxCtxOps.bind(ctx)).subscribe(idle);

      idle.request(0);

      assertThat(undelivered.errors)
          .singleElement()
          .isExactlyInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @DisplayName("X1 R1 a source that blocks does not keep the consumer from being told")
  void cancel_sourceBlocks_isTold() {
    var asked = new CountDownLatch(2);
    var never = new CountDownLatch(1);
    Iterable<Integer> blocking = () -> List.of(1).stream()
        .peek(item -> {
          asked.countDown();
          Threads.await(never);
        })
        .iterator();
    var first = new Probe();
    var second = new Probe();
    Flowable<Integer> flowable =
        Flowable.fromIterable(blocking).compose(RxCtxOps.<Integer>bind(ctx));
    Observable<Integer> observable =
        Observable.fromIterable(blocking).compose(RxCtxOps.<Integer>bind(ctx));

    Future<?> one =
        Threads.start(() -> flowable.observeOn(Schedulers.computation()).subscribe(first));
    Future<?> two =
        Threads.start(() -> observable.observeOn(Schedulers.computation()).subscribe(second));
    Threads.await(asked);
    ctx.cancel();

    Threads.await(first.ended);
    Threads.await(second.ended);
    first.assertSignals("cut");
    second.assertSignals("cut");
    never.countDown();
    Threads.join(one);
    Threads.join(two);
  }

  @Test
  @DisplayName("X1 R1 the error overtakes what observeOn still has in its queue")
  void cancel_beforeObserveOn_overtakes() {
    var seen = new Probe();
    var processing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    seen.inNext = () -> {
      processing.countDown();
      Threads.await(goOn);
    };

    PublishProcessor<Integer> processor = PublishProcessor.create();
    processor
        .compose(RxCtxOps.<Integer>bind(ctx))
        .observeOn(Schedulers.computation())
        .subscribe(seen);
    processor.onNext(1);
    processor.onNext(2);
    processor.onNext(3);
    Threads.await(processing);
    ctx.cancel();
    goOn.countDown();
    Threads.await(seen.ended);

    seen.assertSignals(1, "cut");
  }
}

package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.observers.TestObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever has subscribed to a stock operator has its onSubscribe behind it, and some of them rely
 * on that: where the source has come by then, so has ours, also where a context that ends meanwhile
 * gives the subscription.
 */
@Tag("search")
class SubscribeReturnTest {
  private static final int ROUNDS = 2_000;

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R1 ctx is done while the source is subscribed to: onSubscribe has returned when subscribe does")
  void cancel_whileSubscribing_onSubscribeReturnsFirst(Type type) {
    Thread subscribing = Thread.currentThread();
    var entered = new CountDownLatch(1);
    var refused = new AtomicBoolean();
    var returned = new AtomicBoolean();
    List<String> order = new CopyOnWriteArrayList<>();
    probe.inSubscribe = () -> {
      entered.countDown();
      Threads.until(() -> returned.get()
          || (refused.get() && subscribing.getState() == Thread.State.TIMED_WAITING));
      order.add("onSubscribe");
    };
    source.inSubscribe = () -> {
      new Thread(ctx::cancel).start();
      Threads.await(entered);
    };
    source.inCancel = () -> refused.set(true);

    type.subscribe(source, probe, Binding.to(ctx));
    order.add("subscribe");
    returned.set(true);

    Threads.await(probe.ended);
    assertThat(order).containsExactly("onSubscribe", "subscribe");
    probe.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R1 the same at any moment")
  void cancel_raceWithSubscribe_isSubscribed(Type type) {
    var missed = new AtomicBoolean();
    Race.rounds(ROUNDS, () -> {
      CancelCtx each = Ctx.background().withCancel();
      var told = new Probe();
      return new Race(
          () -> {
            type.subscribe(new Source(), told, Binding.to(each));
            if (!told.isSubscribed()) {
              missed.set(true);
            }
          },
          each::cancel,
          () -> told.assertSignals("cut"));
    });
    assertThat(missed).isFalse();
  }

  /**
   * Its drain takes the queue of an inner stream that it has subscribed to, which onSubscribe
   * makes.
   */
  @Test
  @DisplayName("X1 R1 so concatMapEager of bound streams is told ctx's error, and no other")
  void cancel_insideConcatMapEager_isCtxs() {
    Race.rounds(ROUNDS, () -> {
      CancelCtx each = Ctx.background().withCancel();
      Observable<Integer> bound = Observable.<Integer>never().compose(RxCtxOps.<Integer>bind(each));
      TestObserver<Integer> told = new TestObserver<>();
      return new Race(
          () -> Observable.just(1).hide().concatMapEager(item -> bound).subscribe(told),
          each::cancel,
          () -> told.awaitDone(30, TimeUnit.SECONDS).assertError(CanceledException.class));
    });
  }
}

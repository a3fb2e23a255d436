package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Memory;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.processors.PublishProcessor;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.lang.ref.WeakReference;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The done signal as a Completable, and what RxJava's own takeUntil makes of it. */
class SignalTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName(
      "X2 flowable.takeUntil(ctx.done()) completes with the context, without demand: core alone")
  void takeUntil_flowable_completes() {
    PublishProcessor<Integer> source = PublishProcessor.create();
    TestSubscriber<Integer> subscriber = source.takeUntil(ctx.done()).test(1);
    source.onNext(1);

    ctx.cancel();

    subscriber.assertResult(1);
    assertThat(source.hasSubscribers()).isFalse();
  }

  @Test
  @DisplayName("X2 flowable.takeUntil(ctx.done()) completes at once where the context is done")
  void takeUntil_flowableDone_completesAtOnce() {
    ctx.cancel();

    Flowable.never().takeUntil(ctx.done()).test(0).assertResult();
  }

  @Test
  @DisplayName("X2 done(ctx) completes with the context, and at once where that is done")
  void done_anyContext_completes() {
    TestObserver<Void> waiting = RxCtxOps.done(ctx).test();
    waiting.assertNotComplete();

    ctx.cancel();

    waiting.assertResult();
    RxCtxOps.done(ctx).test().assertResult();
  }

  @Test
  @DisplayName("X2 done(ctx) of one that is never done never completes")
  void done_background_neverCompletes() {
    RxCtxOps.done(Ctx.background()).test().assertEmpty().dispose();
  }

  @Test
  @DisplayName("X2 done(ctx) serves takeUntil of the other four")
  void takeUntil_otherTypes_endAsTheyDo() {
    Completable done = RxCtxOps.done(ctx);
    TestObserver<Object> observable =
        Observable.never().takeUntil(done.toObservable()).test();
    TestObserver<Object> single = Single.never().takeUntil(done).test();
    TestObserver<Object> maybe = Maybe.never().takeUntil(done.toMaybe()).test();
    TestObserver<Void> completable = Completable.never().takeUntil(done).test();

    ctx.cancel();

    observable.assertResult();
    single.assertFailure(CancellationException.class);
    maybe.assertResult();
    completable.assertResult();
  }

  @Test
  @DisplayName("X2 R3 disposed: nothing stays on the context, and nobody is told")
  void dispose_done_leavesNothingRegistered() {
    WeakReference<TestObserver<Void>> disposed = Memory.weak(() -> {
      TestObserver<Void> observer = RxCtxOps.done(ctx).test();
      observer.dispose();
      return observer;
    });

    assertThat(Memory.isCollected(disposed)).isTrue();
  }
}

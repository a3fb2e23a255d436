package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.LostReport;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.plugins.RxJavaPlugins;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.reactivestreams.Subscriber;

/**
 * Runs in a JVM of its own: subscribes through every operator, lets go of what that returns, and
 * prints where what is reported was made. Two contexts are dropped at the end, so that something
 * is.
 */
final class LostMain {
  private static final Duration HOUR = Duration.ofHours(1);

  private static final LostReport REPORT = LostReport.of("io.ctx4j");

  private LostMain() {}

  public static void main(String[] args) {
    CancelCtx parent = Ctx.background().withCancel();
    RxJavaPlugins.setErrorHandler(thrown -> {}); // of a source that throws from subscribe
    Flowable<Integer> broken = new Flowable<>() {
      @Override
      protected void subscribeActual(Subscriber<? super Integer> downstream) {
        throw new IllegalStateException("no subscription");
      }
    };

    for (Ctx ctx : List.of(parent, Ctx.background(), parent.withTimeout(Duration.ZERO))) {
      for (Flowable<Integer> source : List.of(
          Flowable.<Integer>never(),
          Flowable.just(1),
          Flowable.range(1, 3),
          Flowable.range(1, 3).hide(),
          Flowable.<Integer>empty(),
          Flowable.<Integer>error(new IllegalStateException()),
          broken)) {
        comeAndGo(ctx, source);
      }
    }
    staysWithItsStream(parent);
    REPORT.awaitLost(
        "dropsFirst", () -> dropsFirst(parent), () -> parent.withCancel().close());
    REPORT.awaitLost(
        "dropsLast", () -> dropsLast(parent), () -> parent.withCancel().close());
  }

  private static void comeAndGo(Ctx ctx, Flowable<Integer> source) {
    Flowable<Integer> flowable = source.compose(RxCtxOps.withTimeout(ctx, HOUR));
    Observable<Integer> observable = source.toObservable().compose(RxCtxOps.withTimeout(ctx, HOUR));
    Single<Integer> single = source.firstOrError().compose(RxCtxOps.withTimeout(ctx, HOUR));
    Maybe<Integer> maybe = source.firstElement().compose(RxCtxOps.withTimeout(ctx, HOUR));
    Completable completable = source.ignoreElements().compose(RxCtxOps.withTimeout(ctx, HOUR));
    for (Supplier<Disposable> each : List.<Supplier<Disposable>>of(
        () -> flowable.subscribe(item -> {}, thrown -> {}),
        () -> flowable.observeOn(Schedulers.trampoline()).subscribe(item -> {}, thrown -> {}),
        () -> flowable.take(1).subscribe(item -> {}, thrown -> {}),
        () -> flowable.retry(2).subscribe(item -> {}, thrown -> {}),
        () -> observable.subscribe(item -> {}, thrown -> {}),
        () -> observable.observeOn(Schedulers.trampoline()).subscribe(item -> {}, thrown -> {}),
        () -> single.subscribe(item -> {}, thrown -> {}),
        () -> maybe.subscribe(item -> {}, thrown -> {}),
        () -> completable.subscribe(() -> {}, thrown -> {}))) {
      try {
        requireNonNull(each.get());
        each.get().dispose();
      } catch (NullPointerException e) { // as RxJava wraps it
        RxJavaPlugins.onError(e);
      }
    }
  }

  private static void staysWithItsStream(Ctx parent) {
    List<Disposable> streams = List.of(
        Flowable.never().compose(RxCtxOps.bind(parent.withTimeout(HOUR))).subscribe(),
        Single.never().compose(RxCtxOps.bind(parent.withCancel())).subscribe());
    requireNonNull(streams);
  }

  private static void dropsFirst(Ctx parent) {
    drop(parent.withCancel());
  }

  private static void dropsLast(Ctx parent) {
    drop(parent.withTimeout(HOUR));
  }

  private static void drop(Ctx dropped) {
    requireNonNull(dropped);
  }
}

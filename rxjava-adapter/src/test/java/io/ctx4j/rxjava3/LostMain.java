package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.reactivestreams.Subscriber;

/**
 * Runs in a JVM of its own: subscribes through every operator, lets go of what that returns, and
 * prints where what is reported was made. Two contexts are dropped at the end, so that something
 * is.
 */
final class LostMain {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Set<String> LOST = ConcurrentHashMap.newKeySet();

  /** Held here, or the collector could take a logger with its handler. */
  private static final Logger LOGGER = Logger.getLogger("io.ctx4j");

  private LostMain() {}

  public static void main(String[] args) {
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(new Printing());
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
    collect(parent, "dropsFirst", () -> dropsFirst(parent));
    collect(parent, "dropsLast", () -> dropsLast(parent));
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

  /** Until that one is told, by when all is known to be lost that was before it. */
  private static void collect(Ctx parent, String place, Runnable drop) {
    for (int i = 0; i < 2_000 && !LOST.contains(place); i++) {
      drop.run();
      System.gc();
      for (int k = 0; k < 100; k++) {
        parent.withCancel().close();
      }
    }
  }

  private static final class Printing extends Handler {
    @Override
    public void publish(LogRecord record) {
      StackTraceElement made = requireNonNull(record.getThrown()).getStackTrace()[0];
      String type = made.getClassName();
      System.out.println(
          "lost " + type.substring(type.lastIndexOf('.') + 1) + "." + made.getMethodName());
      LOST.add(made.getMethodName());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}

package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import java.time.Duration;

/**
 * What is put into a pipeline that is compared with the raw one: a binding, or an operator of
 * RxJava's that does nothing. Where one of these makes the same difference, it is none of ours.
 */
enum Inserted {
  NOTHING,
  BIND,
  TIMEOUT,
  HIDE,
  MAP,
  TAKE_UNTIL,
  DETACH,

  /** As DETACH, and it is noted which subscriptions are still open. */
  NOTED,

  /** A binding, and what its upstream sees is noted; such a one is not fused. */
  BIND_NOTED,

  /** RxJava's own, which fails as the context ends. */
  CUT;

  private <T> CtxTransformer<T> binding(Ctx ctx) {
    return this == BIND ? RxCtxOps.bind(ctx) : RxCtxOps.withTimeout(ctx, Duration.ofDays(1));
  }

  /** Fails as the context ends. */
  private static <T> Flowable<T> end(Ctx ctx) {
    return RxCtxOps.done(ctx).andThen(Flowable.error(Pipeline.Failure::new));
  }

  <T> Flowable<T> on(Flowable<T> stream, Ctx ctx, Ledger open) {
    return switch (this) {
      case NOTHING -> stream;
      case BIND, TIMEOUT -> stream.compose(binding(ctx));
      case HIDE -> stream.hide();
      case MAP -> stream.map(item -> item);
      case TAKE_UNTIL -> stream.takeUntil(Flowable.never());
      case DETACH -> stream.onTerminateDetach();
      case NOTED -> open.noted(stream).onTerminateDetach();
      case BIND_NOTED -> open.noted(stream).compose(RxCtxOps.bind(ctx));
      case CUT -> stream.takeUntil(end(ctx));
    };
  }

  <T> Observable<T> on(Observable<T> stream, Ctx ctx, Ledger open) {
    return switch (this) {
      case NOTHING -> stream;
      case BIND, TIMEOUT -> stream.compose(binding(ctx));
      case HIDE -> stream.hide();
      case MAP -> stream.map(item -> item);
      case TAKE_UNTIL -> stream.takeUntil(Observable.never());
      case DETACH -> stream.onTerminateDetach();
      case NOTED -> open.noted(stream).onTerminateDetach();
      case BIND_NOTED -> open.noted(stream).compose(RxCtxOps.bind(ctx));
      case CUT -> stream.takeUntil(end(ctx).toObservable());
    };
  }

  <T> Single<T> on(Single<T> stream, Ctx ctx, Ledger open) {
    return switch (this) {
      case NOTHING -> stream;
      case BIND, TIMEOUT -> stream.compose(binding(ctx));
      case HIDE -> stream.hide();
      case MAP -> stream.map(item -> item);
      case TAKE_UNTIL -> stream.takeUntil(Single.never());
      case DETACH -> stream.onTerminateDetach();
      case NOTED -> open.noted(stream).onTerminateDetach();
      case BIND_NOTED -> open.noted(stream).compose(RxCtxOps.bind(ctx));
      case CUT -> stream.takeUntil(end(ctx));
    };
  }

  <T> Maybe<T> on(Maybe<T> stream, Ctx ctx, Ledger open) {
    return switch (this) {
      case NOTHING -> stream;
      case BIND, TIMEOUT -> stream.compose(binding(ctx));
      case HIDE -> stream.hide();
      case MAP -> stream.map(item -> item);
      case TAKE_UNTIL -> stream.takeUntil(Maybe.never());
      case DETACH -> stream.onTerminateDetach();
      case NOTED -> open.noted(stream).onTerminateDetach();
      case BIND_NOTED -> open.noted(stream).compose(RxCtxOps.bind(ctx));
      case CUT -> stream.takeUntil(end(ctx));
    };
  }

  Completable on(Completable stream, Ctx ctx, Ledger open) {
    return switch (this) {
      case NOTHING -> stream;
      case BIND, TIMEOUT -> stream.compose(binding(ctx));
      case HIDE, MAP -> stream.hide();
      case TAKE_UNTIL -> stream.takeUntil(Completable.never());
      case DETACH -> stream.onTerminateDetach();
      case NOTED -> open.noted(stream).onTerminateDetach();
      case BIND_NOTED -> open.noted(stream).compose(RxCtxOps.bind(ctx));
      case CUT -> stream.takeUntil(end(ctx).ignoreElements());
    };
  }
}

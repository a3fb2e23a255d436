package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.CompletableObserver;
import io.reactivex.rxjava3.core.MaybeObserver;
import io.reactivex.rxjava3.core.SingleObserver;
import io.reactivex.rxjava3.disposables.Disposable;

/**
 * A bound Single, Maybe or Completable: their sources end with their only signal, so one does for
 * all.
 *
 * <p>Of the three only Maybe has both endings, and so it is what the two others are dressed as.
 */
final class BoundValue<T> extends Bound<Disposable>
    implements SingleObserver<T>, MaybeObserver<T>, CompletableObserver, Disposable {
  private final MaybeObserver<? super T> downstream;

  BoundValue(Ctx ctx, MaybeObserver<? super T> downstream) {
    super(ctx);
    this.downstream = downstream;
  }

  BoundValue(Ctx ctx, SingleObserver<? super T> downstream) {
    this(ctx, new OfSingle<>(downstream));
  }

  BoundValue(Ctx ctx, CompletableObserver downstream) {
    this(ctx, new OfCompletable<>(downstream));
  }

  @Override
  public void onSubscribe(Disposable upstream) {
    arrived(upstream, "Disposable already set!");
  }

  @Override
  public void onSuccess(T value) {
    if (ends()) {
      downstream.onSuccess(value);
    }
  }

  @Override
  public void onComplete() {
    if (ends()) {
      downstream.onComplete();
    }
  }

  @Override
  void subscribeDownstream() {
    downstream.onSubscribe(this);
  }

  @Override
  void signalError(Throwable error) {
    downstream.onError(error);
  }

  @Override
  void stop(Disposable upstream) {
    upstream.dispose();
  }

  private record OfSingle<T>(SingleObserver<? super T> downstream) implements MaybeObserver<T> {
    @Override
    public void onSubscribe(Disposable upstream) {
      downstream.onSubscribe(upstream);
    }

    @Override
    public void onSuccess(T value) {
      downstream.onSuccess(value);
    }

    @Override
    public void onError(Throwable error) {
      downstream.onError(error);
    }

    @Override
    public void onComplete() {
      throw new AssertionError("a Single does not complete");
    }
  }

  private record OfCompletable<T>(CompletableObserver downstream) implements MaybeObserver<T> {
    @Override
    public void onSubscribe(Disposable upstream) {
      downstream.onSubscribe(upstream);
    }

    @Override
    public void onSuccess(T value) {
      throw new AssertionError("a Completable has no value");
    }

    @Override
    public void onError(Throwable error) {
      downstream.onError(error);
    }

    @Override
    public void onComplete() {
      downstream.onComplete();
    }
  }
}

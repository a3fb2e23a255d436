package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.operators.QueueDisposable;
import org.jspecify.annotations.Nullable;

/** A bound Observable. */
final class BoundObserver<T> extends BoundItems<T, Disposable>
    implements Observer<T>, QueueDisposable<T> {
  private final Observer<? super T> downstream;

  BoundObserver(Ctx ctx, Observer<? super T> downstream) {
    super(ctx);
    this.downstream = downstream;
  }

  @Override
  public void onSubscribe(Disposable upstream) {
    join(upstream);
    if (isSynchronous()) { // there is no request to wait for
      filled();
    }
  }

  @Override
  void subscribed() {
    downstream.onSubscribe(this);
  }

  @Override
  void next(@Nullable T item) {
    downstream.onNext(item);
  }

  @Override
  void failed(Throwable error) {
    downstream.onError(error);
  }

  @Override
  void completed() {
    downstream.onComplete();
  }

  @Override
  void stop(Disposable upstream) {
    upstream.dispose();
  }
}

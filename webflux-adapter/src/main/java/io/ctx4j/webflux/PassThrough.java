package io.ctx4j.webflux;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Hands on all that is said in both directions; a subclass says what is different. */
abstract class PassThrough<T> implements CoreSubscriber<T>, Subscription {
  private final CoreSubscriber<? super T> downstream;
  private Subscription upstream = Operators.emptySubscription();

  PassThrough(CoreSubscriber<? super T> downstream) {
    this.downstream = downstream;
  }

  @Override
  public final Context currentContext() {
    return downstream.currentContext();
  }

  @Override
  public final void onSubscribe(Subscription subscription) {
    upstream = subscription;
    downstream.onSubscribe(this);
  }

  @Override
  public void onNext(T element) {
    downstream.onNext(element);
  }

  @Override
  public final void onError(Throwable error) {
    downstream.onError(error);
  }

  @Override
  public final void onComplete() {
    downstream.onComplete();
  }

  @Override
  public void request(long n) {
    upstream.request(n);
  }

  @Override
  public void cancel() {
    upstream.cancel();
  }
}

package io.ctx4j.webflux;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Hands on all that is said in both directions; a subclass says what is different.
 *
 * <p>What it is lifted over may take part in fusion: then the next operator takes for granted that
 * it gets a queue, and asks it whether it is one. This is none.
 */
abstract class PassThrough<T> implements CoreSubscriber<T>, Fuseable.QueueSubscription<T> {
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

  @Override
  public final int requestFusion(int requestedMode) {
    return Fuseable.NONE;
  }

  @Override
  public final @Nullable T poll() {
    return null;
  }

  @Override
  public final int size() {
    return 0;
  }

  @Override
  public final boolean isEmpty() {
    return true;
  }

  @Override
  public final void clear() {}
}

package io.ctx4j.benchmarks;

import io.reactivex.rxjava3.core.FlowableSubscriber;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * The bare subscriber: asks for everything, keeps the last element, and knows nothing of fusion.
 */
final class Drain implements CoreSubscriber<Object>, FlowableSubscriber<Object> {
  private final CountDownLatch over = new CountDownLatch(1);
  private @Nullable Subscription subscription;
  private @Nullable Object last;
  private @Nullable Throwable error;

  /** Subscribes and waits for the end, wherever that comes. */
  static Object all(Publisher<?> source) {
    var drain = new Drain();
    source.subscribe(drain);
    return drain.last();
  }

  private Object last() {
    try {
      over.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (error != null || last == null) {
      throw new IllegalStateException("the stream was to be whole", error);
    }
    return last;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    this.subscription = subscription;
    subscription.request(Long.MAX_VALUE);
  }

  void cancel() {
    if (subscription != null) {
      subscription.cancel();
    }
  }

  @Override
  public void onNext(Object element) {
    last = element;
  }

  @Override
  public void onError(Throwable error) {
    this.error = error;
    over.countDown();
  }

  @Override
  public void onComplete() {
    over.countDown();
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A publisher whose streams a context ends: {@link CtxPublishers#bind}. */
record BoundPublisher<T>(Ctx ctx, Publisher<T> source) implements Publisher<T> {

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    var bound = new BoundSubscriber<T>(ctx, requireNonNull(subscriber, "subscriber"));
    if (bound.listen()) {
      bound.subscribeTo(source);
    } else {
      refuse(subscriber);
    }
  }

  /** The source is not asked (P1, as R2). */
  private void refuse(Subscriber<? super T> subscriber) {
    var none = new NoSubscription();
    subscriber.onSubscribe(none);
    if (!none.canceled) {
      subscriber.onError(requireNonNull(ctx.err()).copy());
    }
  }

  /** Comes before an error where there is nothing to ask for (§1.9). */
  static final class NoSubscription implements Subscription {
    volatile boolean canceled;

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
      canceled = true;
    }
  }
}

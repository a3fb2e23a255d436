package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** A source that does nothing by itself: what it sends is what an actor sends through it. */
class Source extends Flux<Object> implements Subscription {
  private final AtomicInteger cancellations = new AtomicInteger();
  private @Nullable CoreSubscriber<? super Object> subscriber;

  @Override
  public void subscribe(CoreSubscriber<? super Object> subscriber) {
    this.subscriber = subscriber;
    subscriber.onSubscribe(this);
  }

  /** The bound stream's own subscriber. */
  CoreSubscriber<? super Object> subscriber() {
    return requireNonNull(subscriber);
  }

  @Override
  public void request(long n) {}

  @Override
  public void cancel() {
    cancellations.incrementAndGet();
  }

  int cancellations() {
    return cancellations.get();
  }

  boolean wasSubscribed() {
    return subscriber != null;
  }
}

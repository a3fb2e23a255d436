package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * The done signal of a context: completes when that is done, fails for a bad request, never emits.
 */
record DonePublisher(Ctx ctx) implements Publisher<Void> {

  @Override
  public void subscribe(Subscriber<? super Void> subscriber) {
    new DoneSubscription(requireNonNull(subscriber, "subscriber")).subscribe(ctx);
  }
}

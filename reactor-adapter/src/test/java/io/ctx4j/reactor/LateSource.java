package io.ctx4j.reactor;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Counts to a number, completes, and goes on after that, against the rules.
 *
 * @param n the number
 */
record LateSource(int n) implements Publisher<Integer> {
  @Override
  public void subscribe(Subscriber<? super Integer> subscriber) {
    subscriber.onSubscribe(new Subscription() {
      private int sent;

      @Override
      public void request(long demand) {
        for (long i = 0; i < demand && sent < n; i++) {
          subscriber.onNext(++sent);
        }
        if (sent == n) {
          sent++;
          subscriber.onComplete();
          subscriber.onNext(-1);
        }
      }

      @Override
      public void cancel() {
        sent = n + 1;
      }
    });
  }
}

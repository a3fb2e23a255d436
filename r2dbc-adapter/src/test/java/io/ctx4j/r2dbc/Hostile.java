package io.ctx4j.r2dbc;

import java.util.function.LongConsumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/** A driver's publisher whose subscription blocks or throws, which none may. */
final class Hostile<T> extends MonoOperator<T, T> {
  private final LongConsumer inRequest;
  private final Runnable inCancel;

  private Hostile(Mono<T> source, LongConsumer inRequest, Runnable inCancel) {
    super(source);
    this.inRequest = inRequest;
    this.inCancel = inCancel;
  }

  /** Both run before the source is asked; if they throw, in place of that. */
  static <T> Mono<T> mono(Mono<T> source, LongConsumer inRequest, Runnable inCancel) {
    return new Hostile<>(source, inRequest, inCancel);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    source.subscribe(new CoreSubscriber<T>() {
      @Override
      public void onSubscribe(Subscription s) {
        actual.onSubscribe(new Subscription() {
          @Override
          public void request(long n) {
            inRequest.accept(n);
            s.request(n);
          }

          @Override
          public void cancel() {
            inCancel.run();
            s.cancel();
          }
        });
      }

      @Override
      public void onNext(T value) {
        actual.onNext(value);
      }

      @Override
      public void onError(Throwable e) {
        actual.onError(e);
      }

      @Override
      public void onComplete() {
        actual.onComplete();
      }

      @Override
      public Context currentContext() {
        return actual.currentContext();
      }
    });
  }
}

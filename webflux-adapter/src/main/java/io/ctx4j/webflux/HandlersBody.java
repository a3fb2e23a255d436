package io.ctx4j.webflux;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A body of the handler's, which the server asks for elements, or cancels, on threads of its own.
 *
 * <p>It is canceled where that may block, and not on the event loop that writes it: reactor-netty cancels what it
 * writes there when a channel is closed, whoever closes it. A fatal error that comes out of asking for elements, and of
 * which no signal tells, ends the exchange.
 */
final class HandlersBody<T> implements CoreSubscriber<T>, Subscription {
  private final CoreSubscriber<? super T> downstream;
  private final Exchange exchange;
  private Subscription upstream = Operators.emptySubscription();

  private HandlersBody(CoreSubscriber<? super T> downstream, Exchange exchange) {
    this.downstream = downstream;
    this.exchange = exchange;
  }

  static <T> Flux<T> of(Publisher<? extends T> body, Exchange exchange) {
    return Flux.<T>from(body)
        .transform(Operators.<T, T>lift(
            (scannable, downstream) -> new HandlersBody<>(downstream, exchange)));
  }

  @Override
  public Context currentContext() {
    return downstream.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    upstream = subscription;
    downstream.onSubscribe(this);
  }

  @Override
  public void onNext(T element) {
    downstream.onNext(element);
  }

  @Override
  public void onError(Throwable error) {
    downstream.onError(error);
  }

  @Override
  public void onComplete() {
    downstream.onComplete();
  }

  @Override
  public void request(long n) {
    try {
      upstream.request(n);
    } catch (Throwable e) {
      exchange.abandon();
      throw e;
    }
  }

  @Override
  public void cancel() {
    exchange.cleanUp(upstream::cancel);
  }
}

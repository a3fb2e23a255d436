package io.ctx4j.webflux;

import java.util.concurrent.Callable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Something of the handler's, which is canceled where that may block, and not on an event loop.
 *
 * <p>It is canceled there as a channel is closed, and also where it is subscribed to as its
 * exchange is cut: an operator that has been canceled, and gets a subscription after that, cancels
 * it at once, on the thread that subscribes. So this stands next to what the handler hands over,
 * above the first operator of Spring's. What the handler's own operators subscribe to so late they
 * cancel themselves.
 */
class CancelElsewhere<T> extends PassThrough<T> {
  final Exchange exchange;

  CancelElsewhere(CoreSubscriber<? super T> downstream, Exchange exchange) {
    super(downstream);
    this.exchange = exchange;
  }

  /** One that has nothing to cancel is handed back. */
  static <T> Mono<T> of(Mono<T> handlers, Exchange exchange) {
    return handlers instanceof Callable
        ? handlers
        : handlers.transform(Operators.<T, T>lift(
            (scannable, downstream) -> new CancelElsewhere<>(downstream, exchange)));
  }

  @Override
  public final void cancel() {
    exchange.cleanUp(() -> cancelQuietly(super::cancel, currentContext()));
  }

  /** What that throws is dropped. */
  static void cancelQuietly(Runnable canceling, Context context) {
    try {
      canceling.run();
    } catch (Throwable e) {
      Operators.onErrorDropped(Operators.onOperatorError(e, context), context);
    }
  }
}

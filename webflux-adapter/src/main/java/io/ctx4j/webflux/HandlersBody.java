package io.ctx4j.webflux;

import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * A body of the handler's, which the server asks for elements, or cancels, on threads of its own:
 * reactor-netty cancels what it writes on its event loop when a channel is closed, whoever closes
 * it. A fatal error that comes out of asking for elements, and of which no signal tells, ends the
 * exchange.
 */
final class HandlersBody<T> extends CancelElsewhere<T> {
  private HandlersBody(CoreSubscriber<? super T> downstream, Exchange exchange) {
    super(downstream, exchange);
  }

  static <T> Flux<T> of(Publisher<? extends T> body, Exchange exchange) {
    return Flux.<T>from(body)
        .transform(Operators.<T, T>lift(
            (scannable, downstream) -> new HandlersBody<>(downstream, exchange)));
  }

  @Override
  public void request(long n) {
    try {
      super.request(n);
    } catch (Throwable e) {
      exchange.abandon();
      throw e;
    }
  }
}

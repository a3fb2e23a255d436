package io.ctx4j.webflux;

import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.spi.Outcome;
import org.reactivestreams.Publisher;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;

/**
 * A body in parts on its way to the server: which context its producer sees, and how it ends with
 * one.
 *
 * @param response the server's
 */
record OutgoingBody(
    ServerHttpResponse response, Gate gate, ExchangeContexts contexts, Exchange exchange) {

  /** An event stream ends between two elements, and as if it had come to its end. */
  <T> Publisher<T> ending(Publisher<T> body) {
    if (gate.body() == Body.STREAM) {
      Flux<T> stream =
          AfterFirst.ends(Flux.from(body), contexts.stream()).onErrorResume(this::endOfStream);
      return isMock() ? readLater(stream) : stream;
    }
    return isMock() ? readLater(BoundBody.of(Flux.from(body), contexts.ctx())) : body;
  }

  /**
   * A mock server keeps a body to itself, and reads it once the handler has ended; it cannot abort
   * it, either.
   */
  private <T> Flux<T> readLater(Flux<T> body) {
    gate.keepBody(); // so the exchange is not over when the handler is
    return body.doOnError(exchange::bodyFails).doFinally(exchange::bodyOver);
  }

  private boolean isMock() {
    try {
      ServerHttpResponseDecorator.getNativeResponse(response);
      return false;
    } catch (IllegalArgumentException | IllegalStateException e) {
      return true;
    }
  }

  private <T> Publisher<T> endOfStream(Throwable error) {
    CtxException err = Outcome.find(error);
    if (err == null) {
      return Flux.error(error);
    }
    CtxException own = contexts.stream().err();
    exchange.streamEnds(own == null ? err : own);
    return Flux.empty();
  }

  /**
   * What produces an event stream sees the context that ends it, without the default deadline; and
   * from its subscription on it is known that a stream is to come, be its first element ever so
   * late.
   */
  <T> Flux<T> visible(Publisher<? extends T> body, HttpHeaders headers) {
    Flux<T> flux = HandlersBody.of(body, exchange);
    return contexts.isEventStream(headers)
        ? flux.contextWrite(CtxOps.put(contexts.stream())).doFirst(exchange::expectStream)
        : flux;
  }
}

package io.ctx4j.webflux;

import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Notes in each buffer that it has been here, for the report of a leak: what has come to our gate
 * or filter and has not come out of it was lost by us, whoever had made it.
 */
final class Touched extends ServerHttpResponseDecorator {
  static final String AT_THE_GATE = "it was at the gate";
  static final String AT_THE_SERVER = "it was at the server";
  static final String AT_THE_FILTER = "it was at the client's filter";
  static final String AT_THE_CALLER = "it was at the client's caller";
  private final String where;

  Touched(ServerHttpResponse response, String where) {
    super(response);
    this.where = where;
  }

  /** Whether the buffer of that report came to us, and nobody else was given it. */
  static boolean isLostByUs(String leak) {
    return (leak.contains(AT_THE_GATE) && !leak.contains(AT_THE_SERVER))
        || (leak.contains(AT_THE_FILTER) && !leak.contains(AT_THE_CALLER));
  }

  static WebClient.Builder client(WebClient.Builder builder) {
    return builder.filters(filters -> {
      filters.add(0, touches(AT_THE_CALLER));
      filters.add(touches(AT_THE_FILTER));
    });
  }

  private static ExchangeFilterFunction touches(String where) {
    return (request, next) -> next.exchange(request)
        .map(response -> response
            .mutate()
            .body(body -> body.doOnNext(buffer -> DataBufferUtils.touch(buffer, where)))
            .build());
  }

  @Override
  public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
    return super.writeWith(touched(body));
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    return super.writeAndFlushWith(Flux.from(body).map(this::touched));
  }

  private Publisher<? extends DataBuffer> touched(Publisher<? extends DataBuffer> body) {
    return body instanceof Mono<? extends DataBuffer> one
        ? one.doOnNext(buffer -> DataBufferUtils.touch(buffer, where))
        : Flux.from(body).doOnNext(buffer -> DataBufferUtils.touch(buffer, where));
  }
}

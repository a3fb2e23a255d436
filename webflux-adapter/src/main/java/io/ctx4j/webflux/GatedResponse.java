package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.spi.Outcome;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ChannelSendOperator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The response as the handler sees it: each way to begin it takes the gate first.
 *
 * <p>The server's response is not touched before, not even subscribed to: when a body fails it clears the
 * content headers, which by then can be those of the filter's 504.
 */
class GatedResponse extends ServerHttpResponseDecorator {
  private final Gate gate;
  private final HttpHeaders headers;
  private final Exchange exchange;
  private final Body empty;

  private GatedResponse(ServerHttpResponse response, Gate gate, Exchange exchange, Body empty) {
    super(response);
    this.gate = gate;
    this.headers = new HttpHeaders(new GatedHeaders(response.getHeaders(), gate));
    this.exchange = exchange;
    this.empty = empty;
  }

  /**
   * Decorates a response; it sends files as the original does, if that does.
   *
   * @param exchange has what ends an event stream, and is told when it has
   * @param empty what begins with a head alone
   */
  static GatedResponse of(ServerHttpResponse response, Gate gate, Exchange exchange, Body empty) {
    return response instanceof ZeroCopyHttpOutputMessage
        ? new ZeroCopy(response, gate, exchange, empty)
        : new GatedResponse(response, gate, exchange, empty);
  }

  @Override
  public boolean setStatusCode(@Nullable HttpStatusCode status) {
    synchronized (gate) {
      return !gate.isRefused() && super.setStatusCode(status);
    }
  }

  @Override
  public boolean setRawStatusCode(@Nullable Integer value) {
    synchronized (gate) {
      return !gate.isRefused() && super.setRawStatusCode(value);
    }
  }

  @Override
  public HttpHeaders getHeaders() {
    return gate.isCommitted() ? super.getHeaders() : headers;
  }

  @Override
  public MultiValueMap<String, ResponseCookie> getCookies() {
    synchronized (gate) {
      return gate.isRefused() ? new LinkedMultiValueMap<>() : super.getCookies();
    }
  }

  @Override
  public void addCookie(ResponseCookie cookie) {
    synchronized (gate) {
      if (!gate.isRefused()) {
        super.addCookie(cookie);
      }
    }
  }

  @Override
  public boolean isCommitted() {
    return gate.isCommitted() || gate.isRefused() || super.isCommitted();
  }

  @Override
  public void beforeCommit(Supplier<? extends Mono<Void>> action) {
    super.beforeCommit(() -> gate.isRefused() ? Mono.empty() : action.get());
  }

  @Override
  public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
    if (body instanceof Mono<? extends DataBuffer> single) {
      return new OnePart(single, this);
    }
    return inParts(new ChannelSendOperator<DataBuffer>(
        Flux.from(body), begun -> commit(Body.PARTS) ? super.writeWith(ending(begun)) : late()));
  }

  /** Writes the one part of a body that has taken the gate. */
  final Mono<Void> send(DataBuffer part) {
    return super.writeWith(Mono.just(part));
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    return inParts(new ChannelSendOperator<Publisher<? extends DataBuffer>>(
        visible(body),
        begun -> commit(Body.PARTS) ? super.writeAndFlushWith(ending(begun)) : late()));
  }

  private Mono<Void> inParts(Mono<Void> written) {
    return written
        .doOnError(error -> getHeaders().clearContentHeaders())
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release);
  }

  @Override
  public Mono<Void> setComplete() {
    return Mono.defer(() -> commit(empty) ? super.setComplete() : late());
  }

  final boolean commit(Body body) {
    Body begun = body == Body.PARTS && EventStreams.is(headers) ? Body.STREAM : body;
    if (begun == Body.STREAM) {
      exchange.stream(); // is there before anybody looks for it
    }
    return gate.commit(begun);
  }

  /** The handler's pipeline ends with the reason why; nobody reads it, as the filter has what it needs. */
  static <T> Mono<T> late() {
    return Mono.error(() -> new LateException());
  }

  /** An event stream ends between two elements, and as if it had come to its end. */
  private <T> Publisher<T> ending(Publisher<T> body) {
    return gate.body() == Body.STREAM
        ? BetweenElements.canceled(Flux.from(body))
            .transform(CtxOps.bind(exchange.stream()))
            .onErrorResume(this::endOfStream)
        : body;
  }

  private <T> Publisher<T> endOfStream(Throwable error) {
    CtxException err = Outcome.find(error);
    if (err == null) {
      return Flux.error(error);
    }
    exchange.streamEnds(err);
    return Flux.empty();
  }

  /** What produces an event stream sees the context that ends it, without the default deadline. */
  private <T> Flux<T> visible(Publisher<? extends T> body) {
    Flux<T> flux = Flux.from(body);
    return EventStreams.is(headers) ? flux.contextWrite(CtxOps.put(exchange.stream())) : flux;
  }

  /** Says to a handler that its response came too late. */
  static final class LateException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    LateException() {
      super("the response has been answered: the context of the exchange is done");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  /** One that can send files. */
  private static final class ZeroCopy extends GatedResponse implements ZeroCopyHttpOutputMessage {
    ZeroCopy(ServerHttpResponse response, Gate gate, Exchange exchange, Body empty) {
      super(response, gate, exchange, empty);
    }

    @Override
    public Mono<Void> writeWith(Path file, long position, long count) {
      return Mono.defer(() -> commit(Body.PARTS)
          ? ((ZeroCopyHttpOutputMessage) requireNonNull(getDelegate()))
              .writeWith(file, position, count)
          : late());
    }
  }
}

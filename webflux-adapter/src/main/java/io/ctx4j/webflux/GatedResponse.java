package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import java.nio.file.Path;
import java.util.function.Consumer;
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
  private final Ctx stream;
  private final Consumer<CtxException> streamEnds;
  private volatile boolean inParts;

  private GatedResponse(
      ServerHttpResponse response, Gate gate, Ctx stream, Consumer<CtxException> streamEnds) {
    super(response);
    this.gate = gate;
    this.headers = new HttpHeaders(new GatedHeaders(response.getHeaders(), gate));
    this.stream = stream;
    this.streamEnds = streamEnds;
  }

  /**
   * Decorates a response; it sends files as the original does, if that does.
   *
   * @param stream what ends an event stream
   * @param streamEnds told when it has
   */
  static GatedResponse of(
      ServerHttpResponse response, Gate gate, Ctx stream, Consumer<CtxException> streamEnds) {
    return response instanceof ZeroCopyHttpOutputMessage
        ? new ZeroCopy(response, gate, stream, streamEnds)
        : new GatedResponse(response, gate, stream, streamEnds);
  }

  @Override
  public boolean setStatusCode(@Nullable HttpStatusCode status) {
    return gate.unlessRefused(() -> super.setStatusCode(status), false);
  }

  @Override
  public boolean setRawStatusCode(@Nullable Integer value) {
    return gate.unlessRefused(() -> super.setRawStatusCode(value), false);
  }

  @Override
  public HttpHeaders getHeaders() {
    return gate.isCommitted() ? super.getHeaders() : headers;
  }

  @Override
  public MultiValueMap<String, ResponseCookie> getCookies() {
    return gate.unlessRefused(super::getCookies, new LinkedMultiValueMap<>());
  }

  @Override
  public void addCookie(ResponseCookie cookie) {
    gate.unlessRefused(
        () -> {
          super.addCookie(cookie);
          return true;
        },
        false);
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
    Mono<Void> written = body instanceof Mono<? extends DataBuffer> single
        ? single.flatMap(this::write)
        : new ChannelSendOperator<DataBuffer>(
            Flux.from(body), begun -> commitParts() ? super.writeWith(ending(begun)) : late());
    return written
        .doOnError(error -> getHeaders().clearContentHeaders())
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release);
  }

  /**
   * One part, once begun, goes to its end: a cancellation between the subscription to the server's write and its
   * first request loses the buffer, which nobody releases then. Its end is near, also where the channel is closed.
   */
  private Mono<Void> write(DataBuffer buffer) {
    if (commit()) {
      return super.writeWith(Mono.just(buffer)).cache();
    }
    DataBufferUtils.release(buffer);
    return late();
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    return new ChannelSendOperator<Publisher<? extends DataBuffer>>(
            visible(body), begun -> commitParts() ? super.writeAndFlushWith(ending(begun)) : late())
        .doOnError(error -> getHeaders().clearContentHeaders())
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release);
  }

  @Override
  public Mono<Void> setComplete() {
    return Mono.defer(() -> commit() ? super.setComplete() : late());
  }

  private boolean commit() {
    return gate.commit(EventStreams.is(headers));
  }

  final boolean commitParts() {
    inParts = true;
    return commit();
  }

  /** Whether the handler has sent more than one part, or may have. */
  final boolean isInParts() {
    return inParts;
  }

  /** The handler's pipeline ends with the reason why; nobody reads it, as the filter has what it needs. */
  static <T> Mono<T> late() {
    return Mono.error(() -> new LateException());
  }

  /** An event stream ends between two elements, and as if it had come to its end. */
  private <T> Publisher<T> ending(Publisher<T> body) {
    return gate.isStream()
        ? Flux.from(body).transform(CtxOps.bind(stream)).onErrorResume(this::endOfStream)
        : body;
  }

  private <T> Publisher<T> endOfStream(Throwable error) {
    CtxException err = Ending.find(error);
    if (err == null) {
      return Flux.error(error);
    }
    streamEnds.accept(err);
    return Flux.empty();
  }

  /** What produces an event stream sees the context that ends it, without the default deadline. */
  private <T> Flux<T> visible(Publisher<? extends T> body) {
    Flux<T> flux = Flux.from(body);
    return EventStreams.is(headers) ? flux.contextWrite(CtxOps.put(stream)) : flux;
  }

  /** Says to a handler that its response came too late. */
  private static final class LateException extends IllegalStateException {
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
    ZeroCopy(
        ServerHttpResponse response, Gate gate, Ctx stream, Consumer<CtxException> streamEnds) {
      super(response, gate, stream, streamEnds);
    }

    @Override
    public Mono<Void> writeWith(Path file, long position, long count) {
      return Mono.defer(() -> commitParts()
          ? ((ZeroCopyHttpOutputMessage) requireNonNull(getDelegate()))
              .writeWith(file, position, count)
          : late());
    }
  }
}

package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.webflux.Gate.Body;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
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
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * The response as the handler sees it: each way to begin it takes the gate first.
 *
 * <p>The server's response is not touched before, not even subscribed to: when a body fails it
 * clears the content headers, which by then can be those of the filter's 504.
 */
class GatedResponse extends ServerHttpResponseDecorator {
  private final Gate gate;
  private final HttpHeaders headers;
  private final Exchange exchange;
  private final ExchangeContexts contexts;

  /** Null: there are none, nor of a session. */
  private volatile @Nullable CommitActions actions;

  private GatedResponse(
      ServerHttpResponse response, Gate gate, ExchangeContexts contexts, Exchange exchange) {
    super(response);
    this.gate = gate;
    this.headers = new HttpHeaders(new GatedHeaders(response.getHeaders(), gate));
    this.contexts = contexts;
    this.exchange = exchange;
  }

  /**
   * Decorates a response; it sends files as the original does, if that does.
   *
   * @param contexts have what ends an event stream
   * @param exchange told when that has ended, and of what else becomes of the response
   */
  static GatedResponse of(
      ServerHttpResponse response, Gate gate, ExchangeContexts contexts, Exchange exchange) {
    return response instanceof ZeroCopyHttpOutputMessage
        ? new ZeroCopy(response, gate, contexts, exchange)
        : new GatedResponse(response, gate, contexts, exchange);
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
    return gate.isClosed() ? new LinkedMultiValueMap<>() : super.getCookies();
  }

  @Override
  public void addCookie(ResponseCookie cookie) {
    synchronized (gate) {
      if (!gate.isClosed()) {
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
    expectCommitActions().add(action);
  }

  /**
   * From here on there may be commit actions: also of a session, which registers its own with the
   * server's response.
   *
   * <p>Few responses have any, and the others are spared what they cost.
   */
  final CommitActions expectCommitActions() {
    synchronized (gate) {
      CommitActions expected = actions;
      if (expected == null) {
        expected = new CommitActions(getDelegate(), gate, exchange);
        actions = expected;
        expected.begin();
      }
      return expected;
    }
  }

  final boolean hasCommitActions() {
    CommitActions actions = this.actions;
    return actions != null && !actions.areOver();
  }

  /**
   * Runs what is registered here, for the answer that takes the place of the handler's response.
   * None is waited for.
   *
   * @param running gets those that have not ended, to be canceled
   */
  final void runCommitActions(Context context, List<Disposable> running) {
    CommitActions actions = this.actions;
    if (actions != null) {
      actions.runForAnswer(context, running);
    }
  }

  /**
   * Sees to it that the server's response runs no more commit actions.
   *
   * @return false: it waits for one
   */
  final boolean skipCommitActions() {
    CommitActions actions = this.actions;
    return (actions != null && actions.areOver()) || CommitActions.skip(getDelegate());
  }

  @Override
  public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
    if (exchange.isHead()) {
      return withoutBody(body);
    }
    if (body instanceof Mono<? extends DataBuffer> single) {
      return new SingleBufferWrite(single, this);
    }
    OutgoingBody outgoing = outgoing();
    return inParts(new ChannelSendOperator<DataBuffer>(
        outgoing.visible(body, headers),
        begun -> commit(Body.PARTS, () -> super.writeWith(outgoing.ending(begun)))));
  }

  /** Writes the one part of a body that has taken the gate. */
  final Mono<Void> send(DataBuffer part) {
    return super.writeWith(Mono.just(part));
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    if (exchange.isHead()) {
      return setComplete();
    }
    OutgoingBody outgoing = outgoing();
    return inParts(new ChannelSendOperator<Publisher<? extends DataBuffer>>(
        outgoing.visible(body, headers),
        begun -> commit(Body.PARTS, () -> super.writeAndFlushWith(outgoing.ending(begun)))));
  }

  private OutgoingBody outgoing() {
    return new OutgoingBody(getDelegate(), gate, contexts, exchange);
  }

  private Mono<Void> inParts(Mono<Void> written) {
    return written.doOnError(error -> getHeaders().clearContentHeaders());
  }

  /**
   * As Spring answers a HEAD: what is not sent needs no gate, and the head follows the handler's
   * end.
   */
  private Mono<Void> withoutBody(Publisher<? extends DataBuffer> body) {
    boolean counted = body instanceof Mono
        && !headers.containsHeader(HttpHeaders.CONTENT_LENGTH)
        && !headers.containsHeader(HttpHeaders.TRANSFER_ENCODING);
    var length = new AtomicInteger();
    Mono<Void> read = Flux.from(body)
        .doOnNext(part -> {
          length.addAndGet(part.readableByteCount());
          DataBufferUtils.release(part);
        })
        .then();
    return inParts(
        counted ? read.doOnSuccess(end -> headers.setContentLength(length.get())) : read);
  }

  @Override
  public Mono<Void> setComplete() {
    return Mono.defer(() -> commit(Body.WHOLE, super::setComplete));
  }

  /** Whether the server's response can be changed no more. */
  final boolean isHeadSent() {
    ServerHttpResponse response = getDelegate();
    return !response.setStatusCode(response.getStatusCode());
  }

  /**
   * Completes a response that nobody has committed, if it has commit actions, which the server
   * would wait for.
   */
  final @Nullable Mono<Void> completed() {
    return hasCommitActions() ? setComplete() : null;
  }

  final Mono<Void> commit(Body body, Supplier<Mono<Void>> write) {
    if (!hasCommitActions()) {
      return commit(body) ? write.get() : late();
    }
    return prepared().then(Mono.defer(() -> commit(body) ? write.get() : late()));
  }

  /** Runs the commit actions, of which there are some. */
  final Mono<Void> prepared() {
    return requireNonNull(actions).prepared();
  }

  /** Takes the gate. */
  final boolean commit(Body body) {
    Body begun = body == Body.PARTS && contexts.isEventStream(headers) ? Body.STREAM : body;
    if (begun == Body.STREAM) {
      contexts.stream(); // is there before anybody looks for it
    }
    boolean committed = gate.commit(begun);
    if (committed) {
      exchange.begun();
    }
    return committed;
  }

  /** Cancels what the handler has handed over. */
  final void cancel(Subscription handlers, Context context) {
    exchange.cleanUp(() -> CancelElsewhere.cancelQuietly(handlers::cancel, context));
  }

  /** What a handler gets for a response that the gate has refused. */
  final <T> Mono<T> late() {
    return LateException.after(exchange.silenced());
  }

  /** One that can send files. */
  private static final class ZeroCopy extends GatedResponse implements ZeroCopyHttpOutputMessage {
    ZeroCopy(ServerHttpResponse response, Gate gate, ExchangeContexts contexts, Exchange exchange) {
      super(response, gate, contexts, exchange);
    }

    @Override
    public Mono<Void> writeWith(Path file, long position, long count) {
      return Mono.defer(() -> commit(
          Body.PARTS,
          () -> ((ZeroCopyHttpOutputMessage) requireNonNull(getDelegate()))
              .writeWith(file, position, count)));
    }
  }
}

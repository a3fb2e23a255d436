package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.spi.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
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
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * The response as the handler sees it: each way to begin it takes the gate first.
 *
 * <p>The server's response is not touched before, not even subscribed to: when a body fails it clears the
 * content headers, which by then can be those of the filter's 504.
 */
class GatedResponse extends ServerHttpResponseDecorator {
  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  private static final List<Supplier<? extends Mono<Void>>> NO_ACTIONS = List.of();

  private final Gate gate;
  private final HttpHeaders headers;
  private final Exchange exchange;

  /** Registered here; {@link #NO_ACTIONS}: there are none, nor of a session. */
  private volatile List<Supplier<? extends Mono<Void>>> actions = NO_ACTIONS;

  /** Whether the server's response has run them, or given up: it does so once. */
  private volatile boolean actionsOver;

  private GatedResponse(ServerHttpResponse response, Gate gate, Exchange exchange) {
    super(response);
    this.gate = gate;
    this.headers = new HttpHeaders(new GatedHeaders(response.getHeaders(), gate));
    this.exchange = exchange;
  }

  /**
   * Decorates a response; it sends files as the original does, if that does.
   *
   * @param exchange has what ends an event stream, and is told when it has
   */
  static GatedResponse of(ServerHttpResponse response, Gate gate, Exchange exchange) {
    return response instanceof ZeroCopyHttpOutputMessage
        ? new ZeroCopy(response, gate, exchange)
        : new GatedResponse(response, gate, exchange);
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
      return gate.isClosed() ? new LinkedMultiValueMap<>() : super.getCookies();
    }
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
    expectCommitActions();
    actions.add(action);
    super.beforeCommit(() -> gate.isRefused() ? Mono.empty() : action.get());
  }

  /**
   * From here on there may be commit actions: also of a session, which registers its own with the server's response.
   *
   * <p>Few responses have any, and the others are spared what they cost.
   */
  final void expectCommitActions() {
    synchronized (gate) {
      if (actions == NO_ACTIONS) {
        actions = new CopyOnWriteArrayList<>();
        super.beforeCommit(this::skip);
      }
    }
  }

  /** Before all others: once one has failed the server's response can be written to, and runs none. */
  private Mono<Void> skip() {
    if (!gate.isRefused()) {
      return Mono.empty();
    }
    // for the handler's own run of them that is not to be: it would clear content headers, which
    // are the answer's
    return gate.isPrepared() ? Mono.never() : Mono.error(SkippedException::new);
  }

  final boolean hasCommitActions() {
    return actions != NO_ACTIONS && !actionsOver;
  }

  /**
   * Runs the commit actions, which may take their time: the gate is taken after them.
   *
   * <p>The last of them fails, so that the server's response is not committed yet, and runs none again.
   */
  private Mono<Void> prepared() {
    HttpHeaders content =
        new HttpHeaders(); // which the server's response takes for those of a body that failed
    Mono<Void> actionsRun;
    synchronized (gate) { // or else the answer could find the server's response as if nobody had it
      if (!gate.prepare()) {
        return late();
      }
      super.beforeCommit(() -> Mono.defer(() -> takeBack(content)));
      actionsRun = super.setComplete();
    }
    return actionsRun.onErrorResume(error -> {
      actionsOver = true;
      if (gate.takenBack()) {
        exchange.answerAndCancel();
        return late();
      }
      if (!(error instanceof SkippedException)) {
        return Mono.error(error);
      }
      synchronized (gate) {
        if (!gate.isRefused()) {
          content.forEach(super.getHeaders()::putIfAbsent);
        }
      }
      return Mono.empty();
    });
  }

  /** At subscription: all actions are asked for theirs before the first has ended. */
  private Mono<Void> takeBack(HttpHeaders content) {
    synchronized (gate) {
      if (gate.takeBack()) {
        content.putAll(super.getHeaders());
        return Mono.error(SkippedException::new);
      }
    }
    super.getCookies().clear(); // the answer is written past the server's response
    return Mono.never();
  }

  /**
   * Runs what is registered here, for the answer that takes the place of the handler's response. None is waited for.
   *
   * @param running gets those that have not ended, to be canceled
   */
  final void runCommitActions(Context context, List<Disposable> running) {
    gate.answering();
    try {
      for (Supplier<? extends Mono<Void>> action : actions) {
        try {
          Disposable run = action.get().subscribe(null, GatedResponse::ignored, null, context);
          if (!run.isDisposed()) {
            running.add(run);
          }
        } catch (Exception e) {
          ignored(e);
        }
      }
    } finally {
      gate.answered();
    }
  }

  private static void ignored(Throwable error) {
    LOG.trace("Ignored, as it was for an answer of the filter's", error);
  }

  /**
   * Sees to it that the server's response runs no more commit actions.
   *
   * @return false: it waits for one
   */
  final boolean skipCommitActions() {
    if (actionsOver) {
      return true;
    }
    ServerHttpResponse response = getDelegate();
    response.beforeCommit(() -> Mono.error(SkippedException::new));
    response.setComplete().subscribe(null, GatedResponse::ignored);
    return !response.isCommitted();
  }

  @Override
  public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
    if (exchange.isHead()) {
      return withoutBody(body);
    }
    if (body instanceof Mono<? extends DataBuffer> single) {
      return new SingleBufferWrite(single, this);
    }
    return inParts(new ChannelSendOperator<DataBuffer>(
        HandlersBody.of(body, exchange),
        begun -> commit(Body.PARTS, () -> super.writeWith(ending(begun)))));
  }

  /** Writes the one part of a body that has taken the gate. */
  final Mono<Void> send(DataBuffer part) {
    return super.writeWith(Mono.just(part));
  }

  /** Writes the one part of a body after the commit actions, if the gate lets it through then. */
  final Mono<Void> sendPrepared(DataBuffer part) {
    var sent = new AtomicBoolean();
    return commit(Body.WHOLE, () -> {
          sent.set(true);
          return send(part);
        })
        .doFinally(end -> {
          if (!sent.get()) {
            DataBufferUtils.release(part);
          }
        });
  }

  @Override
  public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
    if (exchange.isHead()) {
      return setComplete();
    }
    return inParts(new ChannelSendOperator<Publisher<? extends DataBuffer>>(
        visible(body), begun -> commit(Body.PARTS, () -> super.writeAndFlushWith(ending(begun)))));
  }

  private Mono<Void> inParts(Mono<Void> written) {
    return written
        .doOnError(error -> getHeaders().clearContentHeaders())
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release);
  }

  /** As Spring answers a HEAD: what is not sent needs no gate, and the head follows the handler's end. */
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

  /** Completes a response that nobody has committed, if it has commit actions, which the server would wait for. */
  final @Nullable Mono<Void> completed() {
    return hasCommitActions() ? setComplete() : null;
  }

  final Mono<Void> commit(Body body, Supplier<Mono<Void>> write) {
    if (!hasCommitActions()) {
      return commit(body) ? write.get() : late();
    }
    return prepared().then(Mono.defer(() -> commit(body) ? write.get() : late()));
  }

  /** Takes the gate. */
  final boolean commit(Body body) {
    Body begun = body == Body.PARTS && exchange.isEventStream(headers) ? Body.STREAM : body;
    if (begun == Body.STREAM) {
      exchange.stream(); // is there before anybody looks for it
    }
    boolean committed = gate.commit(begun);
    if (committed) {
      exchange.begun();
    }
    return committed;
  }

  /**
   * Fails once nobody listens to the handler any more: what it says from then on is for nobody, and none of the
   * application's error handlers is to be asked about it.
   */
  final <T> Mono<T> late() {
    return exchange.silenced().then(Mono.error(LateException::new));
  }

  /** An event stream ends between two elements, and as if it had come to its end. */
  private <T> Publisher<T> ending(Publisher<T> body) {
    if (gate.body() == Body.STREAM) {
      Flux<T> stream = CancelBetweenElements.canceled(Flux.from(body))
          .transform(CtxOps.bind(exchange.stream()))
          .onErrorResume(this::endOfStream);
      return isMock() ? readLater(stream) : stream;
    }
    return isMock() ? readLater(Flux.from(body).transform(CtxOps.bind(exchange.ctx()))) : body;
  }

  /** A mock server keeps a body to itself, and reads it once the handler has ended; it cannot abort it, either. */
  private <T> Flux<T> readLater(Flux<T> body) {
    exchange.bodyKept();
    return body.doOnError(exchange::bodyFails).doFinally(exchange::bodyOver);
  }

  private boolean isMock() {
    try {
      ServerHttpResponseDecorator.getNativeResponse(getDelegate());
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
    exchange.streamEnds(err);
    return Flux.empty();
  }

  /** What produces an event stream sees the context that ends it, without the default deadline. */
  private <T> Flux<T> visible(Publisher<? extends T> body) {
    Flux<T> flux = HandlersBody.of(body, exchange);
    return exchange.isEventStream(headers)
        ? flux.contextWrite(CtxOps.put(exchange.stream()))
        : flux;
  }

  /** What a commit action fails with, so that the server's response runs none, or none again. */
  private static final class SkippedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    SkippedException() {
      super("commit actions are skipped");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
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
    ZeroCopy(ServerHttpResponse response, Gate gate, Exchange exchange) {
      super(response, gate, exchange);
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

package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.DoneListener;
import io.ctx4j.spi.LibraryTimer;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Gate.State;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;

/**
 * One exchange: does what its {@link Gate} decides, and leaves nothing behind.
 *
 * <p>Which contexts it has, and for how long, is the business of {@link ExchangeContexts}; that of
 * the gate is what it means that one of them ends. A declared event stream may have another
 * deadline until its first element, which counts in place of the first until the response begins.
 *
 * <p>A request to become a WebSocket is an exchange as any other. Once it is upgraded the exchange
 * is over, and the socket has a context of its own ({@link SocketHandler}).
 */
final class Exchange extends DoneListener {
  /** How long the last words of an exchange may take once its context has ended. */
  private static final Duration GRACE_PERIOD = Duration.ofSeconds(2);

  private final ServerWebExchange exchange;
  private final FilterSettings settings;
  private final ExchangeContexts contexts;
  private final Gate gate = new Gate();

  /** What ends an event stream that has not begun, where that is not ctx. */
  private volatile @Nullable Opening opening;

  private final ExchangeView view;
  private final GatedResponse gated;

  /** Cut when the gate says so, not when ctx is done. */
  private final HandlerSubscriber handler;

  private volatile Ctx.@Nullable Registration gracePeriod;

  Exchange(
      ServerWebExchange exchange,
      Ctx root,
      Timeouts timeouts,
      FilterSettings settings,
      CoreSubscriber<? super Void> server) {
    this.exchange = exchange;
    this.settings = settings;
    contexts = new ExchangeContexts(exchange, root, timeouts, settings.observe());
    view = new ExchangeView(exchange, gate, contexts);
    gated = GatedResponse.of(exchange.getResponse(), gate, contexts, this);
    handler = new HandlerSubscriber(server, this, contexts.visible());
  }

  /** Runs the handler, unless the context is done; called once. What it throws is fatal. */
  void run(WebFilterChain chain) {
    try {
      exchange.getAttributes().put(CtxWeb.ATTRIBUTE, this);
      settings.live().add(view);
      handler.begin();
      if (settings.observe() || listens()) {
        handler.run(chain, new GatedExchange(exchange, gated, gate));
      }
    } catch (Throwable e) {
      abandon();
      throw e;
    }
  }

  /** A fatal error is thrown on next, and no signal tells of it: its client must not wait. */
  void abandon() {
    try {
      handler.abandon();
    } finally {
      NettyChannel.close(exchange.getResponse(), () -> true, () -> {});
    }
  }

  /**
   * What an error is signaled as; one that is fatal is thrown on, and the exchange abandoned before
   * that.
   *
   * @param before what was about to be signaled instead; null: no error
   */
  Throwable nonFatal(Throwable error, @Nullable Throwable before) {
    try {
      return Operators.onOperatorError(null, error, before, handler.currentContext());
    } catch (Throwable fatal) {
      abandon();
      throw fatal;
    }
  }

  /** False: it has ended already, and nothing is to be done. */
  private boolean listens() {
    if (contexts.opening() != null) {
      open();
    }
    CancelCtx ctx = contexts.ctx();
    if (!listen(ctx)) {
      // or the server has canceled already, which ended it: then the gate is taken
      onDone(requireNonNull(ctx.err()));
    }
    return !gate.isRefused() && !isOver();
  }

  /** What the handler has, as far as it is known who that is. */
  Ctx visible() {
    if (contexts.opensByHandler()) {
      open();
    }
    if (contexts.isStreamExpected()) {
      endStreamIfAll();
    }
    return contexts.visible();
  }

  /** What those saw that came before the handler. */
  Ctx seenByFilters() {
    return handler.visible();
  }

  /** What a handler method returns. */
  void returns(HttpEntity<?> entity) {
    contexts.returns(entity.getHeaders());
  }

  /** Gives a WebSocket's handler what it has once the server has upgraded it. */
  WebSocketHandler socket(WebSocketHandler handler) {
    return handler instanceof SocketHandler
        ? handler
        : new SocketHandler(handler, settings.sockets(), settings.live());
  }

  private void open() {
    var opening = new Opening(requireNonNull(contexts.opening()), gate, this);
    this.opening = opening;
    opening.listen();
    if (isOver()) {
      opening.end();
    }
  }

  /** The handler's response has begun. */
  void begun() {
    CtxException err = opening == null ? null : contexts.ctx().err();
    if (err != null) { // until now it did not count
      onDone(err);
    }
    endStreamIfAll();
  }

  /** The handler's body has been subscribed to, and is an event stream's. */
  void expectStream() {
    contexts.expectStream();
    endStreamIfAll();
  }

  /** A shutdown has ended event streams, and this one has come too late for that. */
  private void endStreamIfAll() {
    Throwable cause = settings.live().streamsEnd();
    if (cause != null) {
      view.endStream(cause);
    }
  }

  /** Whether the exchange ended otherwise than by its own end, which closes its context. */
  boolean isCutShort() {
    CtxException err = contexts.last().err();
    boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
    return contexts.ended() == Outcome.CLIENT_GONE
        || gate.reason() != null
        || (err != null && !closed);
  }

  boolean isOver() {
    return contexts.ended() != null;
  }

  /** The answer is; what is canceled after it is not. */
  @Override
  protected boolean runsApart() {
    return true;
  }

  /** The context has ended. */
  @Override
  protected void onDone(CtxException err) {
    if (opening != null && err instanceof DeadlineExceededException && !gate.isCommitted()) {
      return; // an event stream's counts; if the response becomes another one, begun() looks again
    }
    if (gate.refuse(err)) {
      answerAndCancel();
    } else if (gate.body() == Body.PARTS) {
      cutShort().abort(err);
    } else if (gate.body() == Body.WHOLE) {
      armGracePeriod(err);
    } else if (gate.body() == Body.STREAM) { // where that is live, this was the default deadline
      Ctx stream = contexts.stream();
      stream.onDone(() -> armGracePeriod(requireNonNull(stream.err())));
    }
  }

  /**
   * The handler has completed.
   *
   * @return what is to be written after it; null: nothing
   */
  @Nullable Mono<Void> handled() {
    Mono<Void> completed = gate.isRefused() || gate.isCommitted() ? null : gated.completed();
    if (completed != null) {
      return completed;
    }
    State before = gate.handlerEnds();
    if (gate.isRefused()) {
      return Mono.never(); // the answer tells the server
    }
    if (before == State.COMMITTED
        && gate.body() != Body.WHOLE
        && NettyChannel.isClosed(exchange.getResponse())) {
      finish(Outcome.CLIENT_GONE);
    }
    return null;
  }

  /** The handler has failed, or was cut; returns as {@link CutShort#failed} does. */
  @Nullable Mono<Void> failed(Throwable error) {
    return cutShort().failed(error);
  }

  void answerAndCancel() {
    cutShort().answerAndCancel();
  }

  private CutShort cutShort() {
    return new CutShort(this, exchange, gate, gated, handler, contexts, settings.rendering());
  }

  /** Whether the answer tells the server. */
  boolean isAnswered() {
    return gate.isRefused();
  }

  boolean isHead() {
    return exchange.getRequest().getMethod().equals(HttpMethod.HEAD);
  }

  /** Completes once what the handler says is for nobody. */
  Mono<Void> silenced() {
    return handler.silenced();
  }

  /** An event stream has been ended by its context. */
  void streamEnds(CtxException err) {
    gate.streamEnds(err);
    cutShort().observed(err);
    armGracePeriod(err);
  }

  /** After this no client that does not read, or handler that does not end, keeps it alive. */
  void armGracePeriod(CtxException err) {
    if (gracePeriod != null || isOver()) {
      return;
    }
    Ctx.Registration timer = LibraryTimer.schedule(() -> cutShort().giveUp(err), GRACE_PERIOD);
    gracePeriod = timer;
    if (isOver()) {
      timer.unregister();
    }
  }

  /** Runs what may block, where it may. */
  void cleanUp(Runnable task) {
    CleanUp.run(task, exchange.getResponse());
  }

  void bodyFails(Throwable error) {
    CtxException err = Outcome.find(error);
    if (err != null) {
      gate.streamEnds(err);
      cutShort().observed(err);
    }
  }

  /** That has been read, or will not be. */
  void bodyOver(SignalType signal) {
    if (!gate.bodyOver()) {
      return;
    }
    finish(
        signal == SignalType.ON_COMPLETE
            ? Outcome.COMPLETED
            : signal == SignalType.CANCEL ? Outcome.CLIENT_GONE : Outcome.ERROR);
  }

  LiveExchanges live() {
    return settings.live();
  }

  /** The handler has ended. A body that a mock server keeps is there until its deadline. */
  void handlerEnded() {
    if (gate.isBodyKept() && gate.handlerOver()) {
      CancelCtx last = gate.body() == Body.STREAM ? contexts.stream() : contexts.ctx();
      last.onDone(() -> {
        if (!isOver()) {
          gate.streamEnds(requireNonNull(last.err()));
          finish(Outcome.COMPLETED);
        }
      });
    } else {
      finish(Outcome.COMPLETED);
    }
  }

  /** Called at every end, and works at the first: what that provokes in the handler is no end. */
  void finish(Outcome outcome) {
    if (!contexts.markEnded(outcome)) {
      return;
    }
    gate.end();
    unlisten();
    Opening opening = this.opening;
    if (opening != null) {
      opening.end();
    }
    contexts.endAll(outcome); // told before what cleans up is canceled
    Ctx.Registration timer = gracePeriod;
    if (timer != null) {
      timer.unregister();
    }
    try {
      if (settings.meters() != Meters.NONE) { // else the clock is not asked, either
        long nanos = contexts.nanos();
        settings
            .meters()
            .ended(view.outcome(outcome, nanos, settings.observe()), gate.isCommitted(), nanos);
      }
    } finally {
      settings.live().remove(view); // last: where none is live, all are counted
    }
  }
}

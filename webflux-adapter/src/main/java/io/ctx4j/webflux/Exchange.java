package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.DoneListener;
import io.ctx4j.TimeSource;
import io.ctx4j.spi.LibraryTimer;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Gate.State;
import io.ctx4j.webflux.Timeouts.Limit;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;

/**
 * One exchange: does what its {@link Gate} decides, and leaves nothing behind.
 *
 * <p>Which contexts it has, and for how long, is the business of {@link ExchangeContexts}; that of the gate is what it means
 * that one of them ends. Where an event stream is declared that has another deadline until its first element, that one
 * counts in place of the first one's until the response has begun.
 *
 * <p>A request to become a WebSocket is an exchange as any other. Once it is upgraded the exchange is over, and the socket
 * has a context of its own ({@link SocketHandler}).
 */
final class Exchange extends DoneListener implements LiveExchange {
  private static final VarHandle ENDED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "ended", VarHandle.class, Exchange.class, Outcome.class);

  /** How long the last words of an exchange may take once its context has ended. */
  private static final Duration GRACE_PERIOD = Duration.ofSeconds(2);

  private final ServerWebExchange exchange;
  private final FilterSettings settings;
  private final ExchangeContexts contexts;
  private final Gate gate = new Gate();

  /** Whether it is known who handles it, and what that declares. */
  private volatile boolean handlerKnown;

  /** Whether an entity has declared its event stream. */
  private volatile boolean declaredByEntity;

  /** What ends an event stream that has not begun, where that is not ctx. */
  private volatile @Nullable Opening opening;

  private final GatedResponse gated;

  /** Cut when the gate says so, not when ctx is done. */
  private final HandlerSubscriber handler;

  /** How it has ended, as far as its context has nothing to do with that; null: it has not. */
  private volatile @Nullable Outcome ended;

  private volatile Ctx.@Nullable Registration gracePeriod;

  // changed with the gate's monitor held
  private volatile boolean bodyKept;
  private boolean handlerOver;

  Exchange(
      ServerWebExchange exchange,
      Ctx root,
      Timeouts timeouts,
      FilterSettings settings,
      CoreSubscriber<? super Void> server) {
    this.exchange = exchange;
    this.settings = settings;
    contexts = new ExchangeContexts(root, timeouts, settings.observe());
    if (timeouts.declared()) {
      handlerKnown = true;
      contexts.declared();
    }
    gated = GatedResponse.of(exchange.getResponse(), gate, this);
    handler = new HandlerSubscriber(server, this, contexts.visible());
  }

  /** Runs the handler, unless the context is done; called once. What it throws is fatal. */
  void run(WebFilterChain chain) {
    try {
      exchange.getAttributes().put(CtxWeb.ATTRIBUTE, this);
      settings.live().add(this);
      handler.begin();
      if (settings.observe() || listens()) {
        handler.run(chain, new GatedExchange(exchange, gated, gate));
      }
    } catch (Throwable e) {
      abandon();
      throw e;
    }
  }

  /** A fatal error is about to be thrown on, of which no signal tells: its client must not wait for what never comes. */
  void abandon() {
    try {
      handler.abandon();
    } finally {
      NettyChannel.close(exchange.getResponse(), () -> true, () -> {});
    }
  }

  /**
   * What an error is signaled as; one that is fatal is thrown on, and the exchange abandoned before that.
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
    return !gate.isRefused() && ended == null;
  }

  /** What the handler has, as far as it is known who that is. */
  Ctx visible() {
    if (!handlerKnown
        && exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE)
            instanceof HandlerMethod method) {
      handlerKnown = true;
      if (EventStreams.isDeclaredBy(method, exchange) && contexts.declared() != null) {
        open();
      }
    }
    return contexts.visible();
  }

  /** What those saw that came before the handler. */
  Ctx seenByFilters() {
    return handler.visible();
  }

  /** What a handler method returns. */
  void returns(HttpEntity<?> entity) {
    if (EventStreams.isType(entity.getHeaders())) {
      declaredByEntity = true;
    }
  }

  /** Gives a WebSocket's handler what it has once the server has upgraded it. */
  WebSocketHandler socket(WebSocketHandler handler) {
    return handler instanceof SocketHandler
        ? handler
        : new SocketHandler(handler, settings.sockets(), settings.live());
  }

  /** Whether a response with these headers is an event stream that the application declares. */
  boolean isEventStream(HttpHeaders headers) {
    MediaType type = headers.getContentType();
    return type != null
        && EventStreams.isType(type)
        && (contexts.timeouts.declared()
            || EventStreams.isDeclared(type, declaredByEntity, exchange));
  }

  /** What ends any other response. */
  Ctx ctx() {
    return contexts.ctx();
  }

  /** What ends an event stream: the deadline that was asked for it, the client's leaving, the service's shutdown. */
  Ctx stream() {
    return contexts.stream();
  }

  private void open() {
    var opening = new Opening(requireNonNull(contexts.opening()));
    this.opening = opening;
    opening.listen();
    if (ended != null) {
      opening.end();
    }
  }

  /** The handler's response has begun. */
  void begun() {
    CtxException err = opening == null ? null : contexts.ctx().err();
    if (err != null) { // until now it did not count
      onDone(err);
    }
    Throwable cause = settings.live().streamsEnd();
    if (cause != null) {
      endStream(cause);
    }
  }

  @Override
  public void endStream(Throwable cause) {
    if (gate.body() == Body.STREAM) {
      contexts.stream().cancel(cause);
    }
  }

  /** Ends an event stream that has not begun. */
  private final class Opening extends DoneListener {
    private final CancelCtx ctx;

    Opening(CancelCtx ctx) {
      this.ctx = ctx;
    }

    void listen() {
      if (!listen(ctx)) {
        onDone(requireNonNull(ctx.err()));
      }
    }

    void end() {
      unlisten();
    }

    @Override
    protected boolean runsApart() {
      return true;
    }

    @Override
    protected void onDone(CtxException err) {
      if (gate.refuse(err)) {
        answerAndCancel();
      }
    }
  }

  /** Whether the exchange ended otherwise than by its own end, which closes its context. */
  boolean isCutShort() {
    CtxException err = contexts.last().err();
    boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
    return ended == Outcome.CLIENT_GONE || gate.reason() != null || (err != null && !closed);
  }

  boolean isOver() {
    return ended != null;
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
      Ctx stream = stream();
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

  /**
   * The handler has failed, or was cut.
   *
   * @return what is to be written in its place, or said of it; null: nothing
   */
  @Nullable Mono<Void> failed(Throwable error) {
    CtxException err = Outcome.find(error);
    if (err != null && gate.refuse(err)) {
      answerAndCancel();
    }
    if (err != null && gate.isCommitted()) {
      if (!gated.isHeadSent() && gate.revoke(err)) {
        answerAndCancel();
      } else {
        cutShort().aborted(err);
      }
    }
    return switch (gate.handlerEnds()) {
      case REFUSED, ANSWERED -> Mono.never(); // the answer tells the server
      // closed first: the server ends what completes
      case ABORTED ->
        NettyChannel.close(exchange.getResponse(), () -> true, () -> {})
            ? null
            : Mono.error(requireNonNull(gate.reason()).copy());
      default -> {
        finish(
            DisconnectedClientHelper.isClientDisconnectedException(error)
                ? Outcome.CLIENT_GONE
                : Outcome.ERROR);
        yield Mono.error(error);
      }
    };
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

  /** A client that does not read keeps nothing alive for longer than this, nor does a handler that does not end. */
  void armGracePeriod(CtxException err) {
    if (gracePeriod != null || ended != null) {
      return;
    }
    Ctx.Registration timer = LibraryTimer.schedule(() -> cutShort().giveUp(err), GRACE_PERIOD);
    gracePeriod = timer;
    if (ended != null) {
      timer.unregister();
    }
  }

  /**
   * Runs what may block, as somebody's cancellation can: not on an event loop, nor on a thread that is the library's
   * alone, on which other responses wait to be written.
   */
  void cleanUp(Runnable task) {
    if (!NettyChannel.isWrittenHere(exchange.getResponse()) && !LibraryTimer.isHere()) {
      task.run();
      return;
    }
    try {
      TimeSource.system().schedule(task, Duration.ofNanos(1));
    } catch (Throwable e) { // no thread to be had
      task.run();
    }
  }

  /** The handler has handed over a body that nobody has begun to read: so the exchange is not over when the handler is. */
  void bodyKept() {
    synchronized (gate) {
      bodyKept = true;
    }
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
    synchronized (gate) {
      bodyKept = false;
      if (!handlerOver) {
        return;
      }
    }
    finish(
        signal == SignalType.ON_COMPLETE
            ? Outcome.COMPLETED
            : signal == SignalType.CANCEL ? Outcome.CLIENT_GONE : Outcome.ERROR);
  }

  /** The handler has ended. */
  void over() {
    synchronized (gate) {
      handlerOver = true;
    }
    if (bodyKept) { // by a mock server; one that nobody reads keeps the exchange until its deadline
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

  /** Called at every end, and does its work at the first: what that provokes in the handler is no end. */
  void finish(Outcome outcome) {
    if (!ENDED.compareAndSet(this, null, outcome)) {
      return;
    }
    gate.end();
    unlisten();
    Opening opening = this.opening;
    if (opening != null) {
      opening.end();
    }
    contexts.end(outcome); // told before what cleans up is canceled
    Ctx.Registration timer = gracePeriod;
    if (timer != null) {
      timer.unregister();
    }
    try {
      if (settings.meters() != Meters.NONE) { // else the clock is not asked, either
        long nanos = contexts.nanos();
        settings.meters().ended(outcome(outcome, nanos), gate.isCommitted(), nanos);
      }
    } finally {
      settings.live().remove(this); // last: where none is live, all are counted
    }
  }

  private Outcome outcome(Outcome outcome, long nanos) {
    CtxException reason = gate.reason();
    if (reason != null) {
      return Outcome.of(reason);
    }
    return outcome == Outcome.COMPLETED && wouldExceed(nanos) ? Outcome.WOULD_EXCEED : outcome;
  }

  private boolean wouldExceed(long nanos) {
    Duration timeout = limit().timeout();
    return settings.observe() && timeout != null && Duration.ofNanos(nanos).compareTo(timeout) >= 0;
  }

  /** By identity, as equals; but an object's own hash is made by the VM, which takes longer than to derive a context. */
  @Override
  public int hashCode() {
    return Long.hashCode(contexts.start);
  }

  @Override
  @SuppressWarnings("ReferenceEquality")
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  // for those who look

  @Override
  public ServerWebExchange exchange() {
    return exchange;
  }

  @Override
  public Source source() {
    return remaining() == null ? Source.NONE : limit().source();
  }

  /** What counts now. */
  private Limit limit() {
    Timeouts timeouts = contexts.timeouts;
    if (gate.body() == Body.STREAM) {
      return timeouts.stream();
    }
    return opening != null && !gate.isCommitted() ? timeouts.opening() : timeouts.response();
  }

  private @Nullable Duration remaining() {
    if (gate.body() == Body.STREAM) {
      return contexts.last().remaining();
    }
    CancelCtx opening = gate.isCommitted() ? null : contexts.opening();
    return (opening == null ? contexts.ctx() : opening).remaining();
  }

  @Override
  public long ageMillis() {
    return contexts.nanos() / 1_000_000;
  }

  @Override
  public @Nullable Long leftMillis() {
    Duration left = remaining();
    return left == null ? null : CtxClientFilter.millis(left);
  }

  @Override
  public List<Ctx> own() {
    return contexts.live();
  }
}

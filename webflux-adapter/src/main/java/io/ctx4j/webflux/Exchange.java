package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.DoneListener;
import io.ctx4j.TimeSource;
import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Gate.State;
import io.ctx4j.webflux.spi.LiveExchange;
import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import io.micrometer.observation.Observation;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * One exchange: does what its {@link Gate} decides, and leaves nothing behind.
 *
 * <p>It has one context, or two. A default deadline ends an exchange only until it turns out to be an event stream;
 * that goes on with a context of its own, {@code stream}, beside {@code ctx}, which the gate listens to. The handler
 * gets {@code ctx}, unless it was asked for an event stream by name.
 *
 * <p>A request to become a WebSocket has its deadline until it is one, so that nobody gets rid of a deadline by a
 * header. Then the exchange is over for the server, and what the socket's handler has is the root.
 */
final class Exchange extends DoneListener implements LiveExchange {
  private static final VarHandle STREAM = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "stream", VarHandle.class, Exchange.class, CancelCtx.class);
  private static final VarHandle ENDED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "ended", VarHandle.class, Exchange.class, Outcome.class);

  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  /** Reactor's key of the observation under way: that of the request. */
  private static final String OBSERVATION = "micrometer.observation";

  private static final RequestHeader UPGRADE = new RequestHeader(HttpHeaders.UPGRADE);

  /** How long the last words of an exchange may take once its context has ended. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final ServerWebExchange exchange;
  private final Ctx root;
  private final FilterSettings settings;
  private final Timeouts timeouts;
  private final boolean upgrade;
  private final long start = System.nanoTime();
  private final Gate gate = new Gate();
  private final CancelCtx ctx;
  private final Ctx handlers;

  /** What ends an event stream; null: nobody has asked for it. Where there is no default deadline, that is ctx. */
  private volatile @Nullable CancelCtx stream;

  private final GatedResponse gated;

  /** Cut when the gate says so, not when ctx is done. */
  private final HandlerSubscriber handler;

  /** How it has ended, as far as its context has nothing to do with that; null: it has not. */
  private volatile @Nullable Outcome ended;

  private volatile @Nullable CancelCtx linger;

  Exchange(
      ServerWebExchange exchange,
      Ctx root,
      Timeouts timeouts,
      FilterSettings settings,
      CoreSubscriber<? super Void> server) {
    this.exchange = exchange;
    this.root = root;
    this.settings = settings;
    upgrade = isUpgrade(exchange.getRequest());
    this.timeouts = upgrade ? timeouts.untilUpgraded() : timeouts;
    Duration timeout = settings.observe() ? null : this.timeouts.timeout();
    ctx = derived(timeout);
    boolean asked = false;
    if (timeout == null || this.timeouts.sameForStreams()) {
      stream = ctx;
    } else {
      asked = EventStreams.asked(exchange.getRequest());
      if (asked || this.timeouts.stream() != null) { // whose time counts from here
        stream = derived(this.timeouts.stream());
      }
    }
    handlers = upgrade ? root : asked ? stream() : ctx;
    gated =
        GatedResponse.of(exchange.getResponse(), gate, this, upgrade ? Body.STREAM : Body.WHOLE);
    handler = new HandlerSubscriber(server, this, handlers);
  }

  private CancelCtx derived(@Nullable Duration timeout) {
    return timeout == null ? root.withCancel() : root.withTimeout(timeout);
  }

  /** In HTTP/2 that is a CONNECT. */
  private static boolean isUpgrade(HttpRequest request) {
    List<String> upgrade = UPGRADE.in(request);
    return (!upgrade.isEmpty() && upgrade.get(0).equalsIgnoreCase("websocket"))
        || request.getMethod().name().equals("CONNECT");
  }

  /** Runs the handler, unless the context is done; called once. What it throws is fatal. */
  void run(WebFilterChain chain) {
    try {
      exchange.getAttributes().put(CtxWeb.ATTRIBUTE, handlers);
      settings.live().add(this);
      handler.begin();
      if (!settings.observe() && !listen(ctx)) {
        // or the server has canceled already, which ended it: then the gate is taken, and nothing
        // is
        // to be done
        onDone(requireNonNull(ctx.err()));
        return;
      }
      handler.run(chain, new GatedExchange(exchange, gated, gate));
    } catch (Throwable e) {
      abandon();
      throw e;
    }
  }

  /** A fatal error is about to be thrown on, of which no signal tells. */
  void abandon() {
    handler.abandon();
    NettyChannel.close(exchange.getResponse(), () -> true, () -> {});
  }

  /** What ends an event stream: the deadline that was asked for it, the client's leaving, the service's stop. */
  Ctx stream() {
    CancelCtx witness = stream;
    if (witness != null) {
      return witness;
    }
    CancelCtx made = root.withCancel();
    witness = (CancelCtx) STREAM.compareAndExchange(this, null, made);
    if (witness != null) {
      made.close();
      return witness;
    }
    Outcome ended = this.ended; // whoever sets that looks for a stream after it
    if (ended != null) {
      end(made, ended);
    }
    return made;
  }

  private Ctx lasting() {
    CancelCtx stream = this.stream;
    return stream == null ? ctx : stream;
  }

  /** Whether the exchange ended otherwise than by its own end, which closes its context. */
  boolean isCutShort() {
    CtxException err = lasting().err();
    boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
    return ended == Outcome.CLIENT_GONE || gate.reason() != null || (err != null && !closed);
  }

  boolean isOver() {
    return ended != null;
  }

  /** The context has ended. */
  @Override
  protected void onDone(CtxException err) {
    if (gate.refuse(err)) {
      answer(); // first, and it waits for nobody: what is canceled after it may block
      CancelCtx stream = this.stream;
      if (stream != null) {
        stream.cancel(err);
      }
      handler.cut(err);
    } else if (gate.body() == Body.PARTS) {
      abort(err);
    } else if (gate.body() == Body.WHOLE) {
      lastWords(err);
    } else if (gate.body() == Body.STREAM) { // where that is live, this was the default deadline
      Ctx stream = stream();
      stream.onDone(() -> lastWords(requireNonNull(stream.err())));
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
    if (before == State.REFUSED || before == State.ANSWERED) {
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
      answer();
    }
    if (err != null && gate.isCommitted()) {
      aborted(err);
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

  /**
   * Hands what takes the place of the handler's response to the server, as soon as that can be written to: on the
   * connection's own thread, where it does not wait for those on which others are stuck.
   */
  void answer() {
    if (!gate.answer()) {
      return;
    }
    CtxException err = requireNonNull(gate.reason());
    lastWords(err);
    observed(err);
    var problem = Problem.of(Outcome.of(err), ctx.isDone() || lasting().isDone());
    Problem.clear(exchange.getResponse());
    List<Disposable> running = gated.runCommitActions(handler.currentContext());
    NettyChannel.execute(exchange.getResponse(), () -> handler.answer(answered(problem)));
    running.forEach(Disposable::dispose);
  }

  private Mono<Void> answered(Problem problem) {
    if (gate.isPrepared() || !gated.skipCommitActions()) {
      return requireNonNullElse(problem.writePast(exchange), Mono.empty());
    }
    return settings.rendering() == ErrorRendering.DELEGATE
        ? Mono.error(new ResponseStatusException(problem.status(), problem.detail()))
        : problem.write(exchange);
  }

  /** Says what ended the request to whoever observes it: Spring sees a response, and no more. */
  private void observed(CtxException err) {
    Observation observation = handler.currentContext().getOrDefault(OBSERVATION, null);
    if (observation != null) {
      observation.error(err);
    }
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
    observed(err);
    lastWords(err);
  }

  /** A client that does not read keeps nothing alive for longer than this, nor does a handler that does not end. */
  private void lastWords(CtxException err) {
    if (linger != null || ended != null) {
      return;
    }
    CancelCtx timer = Ctx.background().withTimeout(LINGER);
    linger = timer;
    timer.onDone(() -> {
      if (timer.err() instanceof DeadlineExceededException) {
        abort(err);
      }
    });
    if (ended != null) {
      timer.close();
    }
  }

  private void abort(CtxException err) {
    Runnable cut = () -> cleanUp(() -> handler.cut(err));
    if (!NettyChannel.close(exchange.getResponse(), () -> aborted(err), cut) && aborted(err)) {
      handler.cut(err);
    }
  }

  private boolean aborted(CtxException err) {
    boolean aborted = gate.abort(err);
    if (aborted) {
      observed(err);
    }
    if (aborted && LOG.isDebugEnabled()) {
      LOG.debug(exchange.getLogPrefix() + "Aborted a response that had begun: " + err.getMessage());
    }
    return aborted;
  }

  /**
   * Runs what may block, as somebody's cancellation can: not on an event loop, on which other responses wait to be
   * written.
   */
  void cleanUp(Runnable task) {
    if (!NettyChannel.isWrittenHere(exchange.getResponse())) {
      task.run();
      return;
    }
    try {
      TimeSource.system().schedule(task, Duration.ofNanos(1));
    } catch (Throwable e) { // no thread to be had
      task.run();
    }
  }

  /** Called at every end, and does its work at the first: what that provokes in the handler is no end. */
  void finish(Outcome outcome) {
    if (!ENDED.compareAndSet(this, null, outcome)) {
      return;
    }
    gate.end();
    unlisten();
    end(ctx, outcome); // told before what cleans up is canceled
    CancelCtx stream = this.stream;
    if (stream != null) {
      end(stream, outcome);
    }
    CancelCtx timer = linger;
    if (timer != null) {
      timer.close();
    }
    settings.live().remove(this);
    if (settings.meters() != Meters.NONE) { // else the clock is not asked, either
      long nanos = System.nanoTime() - start;
      settings.meters().ended(outcome(outcome, nanos), gate.isCommitted(), nanos);
    }
  }

  private static void end(CancelCtx ctx, Outcome outcome) {
    if (outcome == Outcome.CLIENT_GONE) {
      ctx.cancel(new ClientGoneException());
    } else {
      ctx.close();
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
    Duration timeout = gate.body() == Body.STREAM ? timeouts.stream() : timeouts.timeout();
    return settings.observe() && timeout != null && Duration.ofNanos(nanos).compareTo(timeout) >= 0;
  }

  /** By identity, as equals; but an object's own hash is made by the VM, which takes longer than to derive a context. */
  @Override
  public int hashCode() {
    return Long.hashCode(start);
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
    return remaining() == null ? Source.NONE : timeouts.source();
  }

  @Override
  public long ageMillis() {
    return (System.nanoTime() - start) / 1_000_000;
  }

  @Override
  public @Nullable Long leftMillis() {
    Duration left = remaining();
    return left == null ? null : CtxClientFilter.millis(left);
  }

  private @Nullable Duration remaining() {
    return (gate.body() == Body.STREAM ? lasting() : ctx).remaining();
  }

  @Override
  public List<Ctx> own() {
    return Stream.of(ctx, lasting()).distinct().filter(own -> !own.isDone()).toList();
  }
}

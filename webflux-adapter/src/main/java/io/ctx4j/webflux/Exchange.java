package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.DoneListener;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.CtxWebProperties.ErrorRendering;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Gate.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One exchange: does what its {@link Gate} decides, and leaves nothing behind.
 *
 * <p>It has one context, or two. {@code whole} lasts as long as the exchange, whatever it becomes. A default
 * deadline ends an exchange only until it turns out to be an event stream, so that one stands on a child,
 * {@code ctx}, which is what the gate listens to, and what the handler gets, unless it was asked for an event
 * stream by name.
 *
 * <p>A request to become a WebSocket has its deadline until it is one, so that nobody gets rid of a deadline by a
 * header. Then the exchange is over for the server, and what the socket's handler has is the root.
 */
final class Exchange extends DoneListener {
  /** Reactor's key for a hook of one pipeline, which is not public. */
  private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  /** How long the last words of an exchange may take once its context has ended. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final ServerWebExchange exchange;
  private final Terms terms;
  private final Budget budget;
  private final boolean upgrade;
  private final long start = System.nanoTime();
  private final Gate gate = new Gate();
  private final CancelCtx whole;
  private final Ctx ctx;
  private final Ctx handlers;

  /** What the handler's pipeline is bound to: done when the gate says so, not when ctx is. */
  private final CancelCtx cut = Ctx.background().withCancel();

  private final AtomicBoolean finished = new AtomicBoolean();
  private volatile @Nullable CancelCtx linger;

  /** What all exchanges of a filter have in common. */
  record Terms(boolean observe, ErrorRendering rendering, LiveExchanges live, Meters meters) {}

  Exchange(ServerWebExchange exchange, Ctx root, Budget budget, Terms terms) {
    this.exchange = exchange;
    this.terms = terms;
    upgrade = isUpgrade(exchange.getRequest());
    this.budget = upgrade ? budget.untilUpgraded() : budget;
    Duration timeout = terms.observe ? null : this.budget.timeout();
    if (timeout == null) {
      whole = root.withCancel();
      ctx = whole;
    } else if (this.budget.sameForStreams()) {
      whole = root.withTimeout(timeout);
      ctx = whole;
    } else {
      Duration stream = this.budget.stream();
      whole = stream == null ? root.withCancel() : root.withTimeout(stream);
      ctx = whole.withTimeout(timeout);
    }
    handlers = upgrade ? root : ctx != whole && EventStreams.asked(exchange) ? whole : ctx;
  }

  /** In HTTP/2 that is a CONNECT. */
  private static boolean isUpgrade(HttpRequest request) {
    return "websocket".equalsIgnoreCase(request.getHeaders().getUpgrade())
        || request.getMethod().name().equals("CONNECT");
  }

  /**
   * Runs the handler; to be subscribed to once.
   *
   * <p>The order matters. The cut comes first, and sees the handler's own end before the context is closed for
   * it. What the server cancels comes from below, where the cut does not: that is the client's leaving.
   */
  Mono<Void> run(WebFilterChain chain) {
    exchange.getAttributes().put(CtxWeb.ATTRIBUTE, handlers);
    terms.live.add(this);
    Mono<Void> handled;
    if (!terms.observe && !listen(ctx)) {
      gate.refuse(requireNonNull(ctx.err()));
      handled = Mono.defer(this::handled);
    } else {
      Body empty = upgrade ? Body.STREAM : Body.WHOLE;
      GatedResponse gated =
          GatedResponse.of(exchange.getResponse(), gate, whole, this::streamEnds, empty);
      handled = Mono.defer(() -> chain.filter(new GatedExchange(exchange, gated, gate)))
          .contextWrite(CtxOps.put(handlers))
          .transform(CtxOps.bind(cut))
          .contextWrite(this::quiet)
          .then(Mono.defer(this::handled));
    }
    return handled
        .onErrorResume(this::failed)
        .doOnTerminate(() -> finish(null))
        .doOnCancel(this::clientGone);
  }

  /** What a handler says that was cut is for nobody; Reactor would log it as an error. */
  private Context quiet(Context context) {
    Consumer<Throwable> dropped = error -> {
      if (isCutShort()) {
        LOG.trace("Dropped, as the exchange is over", error);
      } else {
        Operators.onErrorDropped(error, context);
      }
    };
    return context.put(ON_ERROR_DROPPED, dropped);
  }

  /** Whether the exchange ended otherwise than by its own end, which closes its context. */
  private boolean isCutShort() {
    CtxException err = whole.err();
    boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
    return gate.reason() != null || (err != null && !closed);
  }

  /** The context has ended. */
  @Override
  protected void onDone(CtxException err) {
    if (gate.refuse(err)) {
      whole.cancel(err);
      cut.cancel();
    } else if (gate.body() == Body.PARTS) {
      abort(err);
    } else if (gate.body() == Body.WHOLE) {
      lastWords(err);
    } else if (gate.body() == Body.STREAM) { // where whole is live, that was the default deadline
      whole.onDone(() -> lastWords(requireNonNull(whole.err())));
    }
  }

  private Mono<Void> handled() {
    State before = gate.end();
    if (before == State.REFUSED) {
      return answer();
    }
    if (before == State.COMMITTED
        && gate.body() != Body.WHOLE
        && NettyChannel.isClosed(exchange.getResponse())) {
      finish(Ending.CLIENT_GONE);
    }
    return Mono.empty();
  }

  private Mono<Void> failed(Throwable error) {
    CtxException err = Ending.find(error);
    if (err != null && gate.refuse(err)) {
      return answer();
    }
    if (err != null && gate.isCommitted()) {
      aborted(err);
    }
    return switch (gate.end()) {
      case REFUSED -> answer();
      // closed first: the server ends what completes
      case ABORTED ->
        NettyChannel.close(exchange.getResponse(), () -> true, () -> {})
            ? Mono.empty()
            : Mono.error(requireNonNull(gate.reason()).copy());
      default -> {
        finish(
            DisconnectedClientHelper.isClientDisconnectedException(error)
                ? Ending.CLIENT_GONE
                : Ending.ERROR);
        yield Mono.error(error);
      }
    };
  }

  /** Writes what takes the place of the handler's response. */
  private Mono<Void> answer() {
    if (!gate.answer()) {
      return Mono.empty();
    }
    CtxException err = requireNonNull(gate.reason());
    lastWords(err);
    Ending ending = Ending.of(err);
    if (terms.rendering == ErrorRendering.DELEGATE) {
      Problem.clear(exchange.getResponse());
      return Mono.error(new ResponseStatusException(ending.status, ending.detail));
    }
    return new Problem(ending.status, ending.detail).write(exchange);
  }

  private void streamEnds(CtxException err) {
    gate.streamEnds(err);
    lastWords(err);
  }

  /** A client that does not read keeps nothing alive for longer than this, nor does a handler that does not end. */
  private void lastWords(CtxException err) {
    if (linger != null || finished.get()) {
      return;
    }
    CancelCtx timer = Ctx.background().withTimeout(LINGER);
    linger = timer;
    timer.onDone(() -> {
      if (timer.err() instanceof DeadlineExceededException) {
        abort(err);
      }
    });
    if (finished.get()) {
      timer.close();
    }
  }

  private void abort(CtxException err) {
    if (!NettyChannel.close(exchange.getResponse(), () -> aborted(err), cut::cancel)
        && aborted(err)) {
      cut.cancel();
    }
  }

  private boolean aborted(CtxException err) {
    boolean aborted = gate.abort(err);
    if (aborted && LOG.isDebugEnabled()) {
      LOG.debug(exchange.getLogPrefix() + "Aborted a response that had begun: " + err.getMessage());
    }
    return aborted;
  }

  private void clientGone() {
    finish(Ending.CLIENT_GONE);
  }

  /** Called at every end, and does its work at the first: what that provokes in the handler is no end. */
  private void finish(@Nullable Ending ending) {
    if (!finished.compareAndSet(false, true)) {
      return;
    }
    gate.end();
    unlisten();
    if (ending == Ending.CLIENT_GONE) {
      whole.cancel(new ClientGoneException()); // told before what cleans up is canceled
    } else {
      whole.close();
    }
    CancelCtx timer = linger;
    if (timer != null) {
      timer.close();
    }
    long nanos = System.nanoTime() - start;
    terms.live.remove(this);
    terms.meters.ended(ending(ending, nanos), gate.isCommitted(), nanos);
  }

  private Ending ending(@Nullable Ending ending, long nanos) {
    CtxException reason = gate.reason();
    if (reason != null) {
      return Ending.of(reason);
    }
    if (ending != null) {
      return ending;
    }
    return wouldExceed(nanos) ? Ending.WOULD_EXCEED : Ending.COMPLETED;
  }

  private boolean wouldExceed(long nanos) {
    Duration timeout = gate.body() == Body.STREAM ? budget.stream() : budget.timeout();
    return terms.observe && timeout != null && Duration.ofNanos(nanos).compareTo(timeout) >= 0;
  }

  // for those who look

  ServerWebExchange exchange() {
    return exchange;
  }

  Budget.Source source() {
    return budget.source();
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** What is left until the deadline that counts now; null: none. */
  @Nullable Duration remaining() {
    return (gate.body() == Body.STREAM ? whole : ctx).remaining();
  }

  /** The live contexts of the exchange. */
  Ctx whole() {
    return whole;
  }

  /** How many of them are the exchange's own. */
  int own() {
    return ctx == whole || ctx.isDone() ? 1 : 2;
  }
}

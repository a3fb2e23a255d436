package io.ctx4j.webflux;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.webflux.Timeouts.Limit;
import io.ctx4j.webflux.spi.Outcome;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * The contexts of an exchange: which there are, for how long, and which of them its handler has.
 *
 * <p>The first has the deadline of any response, and most exchanges have no other. An event stream
 * goes on with one of its own, {@link #stream}, from its first element on; a handler that declares
 * one has that from the start. What ends a stream that has not begun is {@link #opening}, where
 * that is another deadline than the first one's. All count from the filter.
 */
final class ExchangeContexts {
  private static final VarHandle STREAM = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "stream", VarHandle.class, ExchangeContexts.class, CancelCtx.class);
  private static final VarHandle OPENING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "opening", VarHandle.class, ExchangeContexts.class, CancelCtx.class);
  private static final VarHandle ENDED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "ended", VarHandle.class, ExchangeContexts.class, Outcome.class);

  final long start = System.nanoTime();
  final Timeouts timeouts;
  private final ServerWebExchange exchange;
  private final Ctx root;
  private final boolean observe;
  private final CancelCtx ctx;

  /** Null: nobody has asked for it. Where it has the same deadline that is ctx. */
  private volatile @Nullable CancelCtx stream;

  private volatile @Nullable CancelCtx opening;

  /** What the handler has, where that is not ctx. */
  private volatile @Nullable Ctx visible;

  /** Whether it is known who handles it, and what that declares. */
  private volatile boolean handlerKnown;

  /** Whether that is an event stream, or what is to be written turns out to be one. */
  private volatile boolean streamExpected;

  /** Whether an entity has declared its event stream. */
  private volatile boolean declaredByEntity;

  /**
   * How the exchange has ended, as far as its contexts have nothing to do with that; null: it has
   * not. Whoever makes a context looks whether it came too late.
   */
  private volatile @Nullable Outcome ended;

  /**
   * Makes them.
   *
   * @param observe whether there are to be no deadlines
   */
  ExchangeContexts(ServerWebExchange exchange, Ctx root, Timeouts timeouts, boolean observe) {
    this.exchange = exchange;
    this.root = root;
    this.timeouts = timeouts;
    this.observe = observe;
    Duration timeout = observe ? null : timeouts.response().timeout();
    ctx = timeout == null ? root.withCancel() : root.withTimeout(timeout);
    if (observe || Objects.equals(timeout, timeouts.stream().timeout())) {
      stream = ctx;
    }
    if (timeouts.declared()) {
      declared();
    }
  }

  /** That of any response. */
  CancelCtx ctx() {
    return ctx;
  }

  /** What ends an event stream that has begun: its deadline, the client's leaving, a shutdown. */
  CancelCtx stream() {
    return made(STREAM, stream, timeouts.stream());
  }

  /** The context that is going to end last. */
  CancelCtx last() {
    CancelCtx stream = this.stream;
    return stream == null ? ctx : stream;
  }

  /** Whether what ends the exchange has ended itself, and not a context below it. */
  boolean isDone() {
    CancelCtx opening = this.opening;
    return ctx.isDone() || last().isDone() || (opening != null && opening.isDone());
  }

  /** What the handler has. */
  Ctx visible() {
    Ctx visible = this.visible;
    return visible == null ? ctx : visible;
  }

  /**
   * Whether this looks up, for the first time, a handler that declares a stream with a deadline
   * until it begins.
   */
  boolean opensByHandler() {
    if (handlerKnown
        || !(exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE)
            instanceof HandlerMethod method)) {
      return false;
    }
    handlerKnown = true;
    if (!EventStreams.isDeclaredBy(method, exchange)) {
      return false;
    }
    boolean opens = !timeouts.declared() && declared() != null;
    streamExpected = true; // last: who sees that may end it
    return opens;
  }

  /** A body is to be written that is an event stream's. */
  void expectStream() {
    streamExpected = true;
  }

  /**
   * Whether the response will be an event stream, and nothing else: its handler declares that, or
   * its body is being written.
   *
   * <p>A route says of such a stream that it is meant to be one, and not that there will be any.
   */
  boolean isStreamExpected() {
    return streamExpected;
  }

  /** An entity with these headers is returned. */
  void returns(HttpHeaders entity) {
    if (EventStreams.isType(entity)) {
      declaredByEntity = true;
    }
  }

  /** Whether a response with these headers is an event stream that the application declares. */
  boolean isEventStream(HttpHeaders headers) {
    MediaType type = headers.getContentType();
    return type != null
        && EventStreams.isType(type)
        && (timeouts.declared() || EventStreams.isDeclared(type, declaredByEntity, exchange));
  }

  /**
   * The handler has declared that its response is an event stream.
   *
   * @return what ends that until it has begun; null: ctx, as any other
   */
  private @Nullable CancelCtx declared() {
    visible = stream();
    boolean other = !observe
        && !Objects.equals(timeouts.opening().timeout(), timeouts.response().timeout());
    return other ? made(OPENING, opening, timeouts.opening()) : null;
  }

  /** What ends the exchange now: null where that is ctx. */
  @Nullable CancelCtx opening() {
    return opening;
  }

  private CancelCtx made(VarHandle field, @Nullable CancelCtx before, Limit limit) {
    if (before != null) {
      return before;
    }
    Duration timeout = observe ? null : limit.timeout();
    CancelCtx made =
        timeout == null ? root.withCancel() : root.withTimeout(timeout.minusNanos(nanos()));
    var witness = (CancelCtx) field.compareAndExchange(this, null, made);
    if (witness != null) {
      made.close();
      return witness;
    }
    Outcome ended = this.ended;
    if (ended != null) {
      end(made, ended);
    }
    return made;
  }

  /** One of them has ended the exchange. */
  void cancelOthers(CtxException err) {
    CancelCtx stream = this.stream;
    if (stream != null) {
      stream.cancel(err);
    }
    if (opening != null) {
      ctx.cancel(err);
    }
  }

  /** Since the filter. */
  long nanos() {
    return System.nanoTime() - start;
  }

  /**
   * The exchange ends.
   *
   * @return false: it had ended before
   */
  boolean markEnded(Outcome outcome) {
    return ENDED.compareAndSet(this, null, outcome);
  }

  /** How it has ended; null: it has not. */
  @Nullable Outcome ended() {
    return ended;
  }

  /** Ends all of them, as the exchange has ended. */
  void endAll(Outcome outcome) {
    end(ctx, outcome);
    end(stream, outcome);
    end(opening, outcome);
  }

  private static void end(@Nullable CancelCtx ctx, Outcome outcome) {
    if (ctx == null) {
      return;
    }
    if (outcome == Outcome.CLIENT_GONE) {
      ctx.cancel(new ClientGoneException());
    } else {
      ctx.close();
    }
  }

  /** Those that are live; all others of the exchange are below them. */
  List<Ctx> live() {
    return Stream.<@Nullable Ctx>of(ctx, stream, opening)
        .filter(Objects::nonNull)
        .map(Ctx.class::cast)
        .distinct()
        .filter(own -> !own.isDone())
        .toList();
  }
}

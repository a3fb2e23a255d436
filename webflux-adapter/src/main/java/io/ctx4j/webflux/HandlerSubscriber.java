package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.spi.StreamEnd;
import io.ctx4j.webflux.spi.Outcome;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * What stands between the server and the handler: Reactor's protocol around {@link StreamEnd},
 * which decides who ends the handler.
 *
 * <p>That is the handler itself, the server (its client has left), or the {@link Exchange}, by
 * {@link #cut}. When the handler has ended, what the exchange wants written in its place is
 * written, and then the server is told.
 *
 * <pre>
 *   handler runs ── it ends, or is cut ──▶ (something is written in its place) ──▶ exchange finished, server told
 *        └───────────── server cancels ─────────────┴──────▶ exchange finished as one whose client is gone
 * </pre>
 *
 * <p>One object for what would take eight operators, since every request pays for them.
 */
final class HandlerSubscriber extends StreamEnd
    implements CoreSubscriber<Void>, Subscription, Scannable {
  /** Reactor's key for a hook of one pipeline, which is not public. */
  private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

  private static final Log LOG = LogFactory.getLog(CtxWebFilter.class);

  private static final AtomicReferenceFieldUpdater<HandlerSubscriber, Subscription> HANDLER =
      AtomicReferenceFieldUpdater.newUpdater(
          HandlerSubscriber.class, Subscription.class, "handler");

  @SuppressWarnings("rawtypes") // there is no class of it with its parameter
  private static final AtomicReferenceFieldUpdater<HandlerSubscriber, Sinks.Empty> SILENCED =
      AtomicReferenceFieldUpdater.newUpdater(
          HandlerSubscriber.class, Sinks.Empty.class, "silenced");

  private static final AtomicIntegerFieldUpdater<HandlerSubscriber> ANSWER_OVER =
      AtomicIntegerFieldUpdater.newUpdater(HandlerSubscriber.class, "answerOver");

  private final CoreSubscriber<? super Void> server;
  private final Exchange exchange;
  private final Ctx visible;
  private final Context context;

  private volatile @Nullable Subscription handler;
  private volatile @Nullable WriteRelay rest;
  private volatile @Nullable WriteRelay answer;

  @SuppressWarnings("UnusedVariable") // changed by ANSWER_OVER
  private volatile int answerOver;

  private volatile boolean silent;
  private volatile Sinks.@Nullable Empty<Void> silenced;
  private volatile boolean canceled;

  /**
   * Makes one; then {@link #begin}.
   *
   * @param visible what the handler finds in its Context; it does not end the handler
   */
  HandlerSubscriber(CoreSubscriber<? super Void> server, Exchange exchange, Ctx visible) {
    this.server = server;
    this.exchange = exchange;
    this.visible = visible;
    Consumer<Throwable> dropped = this::dropped;
    context = CtxOps.put(visible).apply(server.currentContext().put(ON_ERROR_DROPPED, dropped));
  }

  /** Gives the server its subscription: it may cancel from here on. */
  void begin() {
    server.onSubscribe(this);
    downstreamReady();
  }

  /** Runs the handler; called once at most. */
  void run(WebFilterChain chain, ServerWebExchange gated) {
    Mono<Void> handled;
    try {
      handled = chain.filter(gated);
    } catch (Throwable e) {
      handled = Mono.error(Operators.onOperatorError(e, context));
    }
    if (Hooks.isAutomaticContextPropagationEnabled()) {
      // it restores thread-locals at Reactor's own contextWrite only
      handled = handled.contextWrite(CtxOps.put(visible));
    }
    try {
      handled.subscribe(this);
    } catch (Throwable e) {
      onError(Operators.onOperatorError(handler, e, context)); // which throws on what is fatal
    }
  }

  /** Ends the exchange after a fatal error, of which no signal tells. */
  void abandon() {
    boolean running = downstreamCanceled();
    try {
      exchange.finish(Outcome.ERROR);
    } finally {
      if (running && handler != null) {
        cancelUpstream();
      }
    }
  }

  /** Ends the handler, unless it has ended; what it does and says from here on is for nobody. */
  void cut(CtxException err) {
    if (!hasEnded()) {
      onDone(err);
    }
    cancel(rest);
  }

  /** What those find in their Context that come before the handler. */
  Ctx visible() {
    return visible;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  /** Completes once what the handler says is for nobody: it has ended, or has been canceled. */
  Mono<Void> silenced() {
    if (silent) {
      return Mono.empty();
    }
    Sinks.Empty<Void> made = Sinks.empty();
    if (!SILENCED.compareAndSet(this, null, made)) {
      made = requireNonNull(silenced);
    }
    if (silent) { // whoever sets that looks for the other after it
      made.tryEmitEmpty();
    }
    return made.asMono();
  }

  private void silence() {
    silent = true;
    Sinks.Empty<Void> silenced = this.silenced;
    if (silenced != null) {
      silenced.tryEmitEmpty();
    }
  }

  // what the handler says

  @Override
  public void onSubscribe(Subscription subscription) {
    if (!Operators.validate(handler, subscription)) {
      return;
    }
    HANDLER.lazySet(this, subscription); // a release: the fence is what follows
    if (upstreamArrived()) {
      subscription.request(Long.MAX_VALUE);
    } else {
      exchange.cleanUp(this::cancelUpstream); // this may be an event loop
    }
  }

  @Override
  public void onNext(Void never) {}

  @Override
  public void onError(Throwable error) {
    if (upstreamEnded()) {
      silence();
      ended(error);
    } else {
      Operators.onErrorDropped(error, context);
    }
  }

  @Override
  public void onComplete() {
    if (upstreamEnded()) {
      silence();
      ended(null);
    }
  }

  // what the server says

  @Override
  public void request(long n) {
    Operators.validate(n); // and there will be nothing but an end
  }

  @Override
  public void cancel() {
    canceled = true; // first: what the handler says from here on is dropped, and that is quiet
    boolean running = downstreamCanceled();
    cancel(rest);
    cancel(answer);
    exchange.cleanUp(() -> {
      try {
        exchange.finish(Outcome.CLIENT_GONE); // told before what cleans up is canceled
      } finally {
        if (running && handler != null) { // else it is canceled as it comes
          cancelUpstream();
        }
      }
    });
  }

  private static void cancel(@Nullable WriteRelay rest) {
    if (rest != null) {
      rest.cancel();
    }
  }

  // what the exchange says

  @Override
  protected void cancelUpstream() {
    try {
      requireNonNull(handler).cancel();
    } catch (Throwable e) {
      Operators.onErrorDropped(Operators.onOperatorError(e, context), context);
    } finally {
      silence();
    }
  }

  @Override
  protected void signalCtxError(CtxException err, boolean arrived) {
    ended(err.copy());
  }

  private void ended(@Nullable Throwable error) {
    Mono<Void> last;
    try {
      last = error == null ? exchange.handled() : exchange.failed(error);
    } catch (Throwable e) {
      last = Mono.error(exchange.nonFatal(e, null));
    }
    if (last == null) {
      over(null);
    } else {
      var rest = new WriteRelay(server, this::handlerOver);
      this.rest = rest;
      write(last, rest);
    }
  }

  /** Writes what takes the place of the handler's response, and then tells the server. */
  void answer(Mono<Void> written) {
    var answer = new WriteRelay(server, this::answerOver);
    this.answer = answer;
    write(written, answer);
  }

  /** Gives up an answer that is not sent, unless it has been; to the server it has failed. */
  void cutAnswer(CtxException err) {
    cancel(answer);
    answerOver(err.copy());
  }

  private void answerOver(@Nullable Throwable error) {
    if (ANSWER_OVER.compareAndSet(this, 0, 1)) {
      over(error);
    }
  }

  private void write(Mono<Void> last, WriteRelay rest) {
    if (canceled) {
      rest.cancel();
    }
    try {
      last.subscribe(rest);
    } catch (Throwable e) {
      rest.onError(exchange.nonFatal(e, null));
    }
  }

  private void handlerOver(@Nullable Throwable error) {
    if (exchange.isAnswered()) {
      return;
    }
    if (error != null) {
      exchange.finish(Outcome.ERROR);
    }
    over(error);
  }

  private void over(@Nullable Throwable error) {
    boolean awaited = exchange.live().signaling();
    try {
      Throwable last = error;
      try {
        exchange.handlerEnded();
      } catch (Throwable e) {
        last = exchange.nonFatal(e, error);
      }
      if (last == null) {
        server.onComplete();
      } else {
        server.onError(last);
      }
    } finally {
      if (awaited) {
        exchange.live().signaled();
      }
    }
  }

  /** What a handler says that was cut is for nobody; Reactor would log it as an error. */
  private void dropped(Throwable error) {
    // in this order: it is over a moment after the cancel, and then cut short
    if ((canceled && !exchange.isOver()) || exchange.isCutShort()) {
      LOG.trace("Dropped, as the exchange is over", error);
    } else {
      Operators.onErrorDropped(error, server.currentContext());
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return handler;
    }
    if (key == Attr.ACTUAL) {
      return server;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }
}

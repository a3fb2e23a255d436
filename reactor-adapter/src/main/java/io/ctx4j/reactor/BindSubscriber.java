package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.spi.StreamEnd;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * One bound subscription: Reactor's protocol around {@link StreamEnd}, which decides who ends it.
 *
 * <p>What is here is the same for Mono and Flux: how it begins, how downstream leaves, and where
 * goes what comes too late.
 */
abstract class BindSubscriber<T> extends StreamEnd
    implements CoreSubscriber<T>, Subscription, Scannable {
  final CoreSubscriber<? super T> downstream;
  private final @Nullable CancelCtx owned;

  /**
   * Over downstream's Context as it was last seen; any thread may put another, and each of them is
   * right.
   */
  private CtxContext context;

  private @Nullable Subscription upstream;
  private volatile boolean canceled;

  /** Upstream's own signal was the end; upstream's threads alone write and read it. */
  private boolean upstreamDone;

  BindSubscriber(
      CoreSubscriber<? super T> downstream, CtxContext context, @Nullable CancelCtx owned) {
    this.downstream = downstream;
    this.context = context;
    this.owned = owned;
  }

  final boolean start() {
    return listen(ctx());
  }

  /**
   * The source threw instead of coming with a subscription.
   *
   * @return false: the context is done, and downstream is told that and nothing else
   */
  final boolean abandon(Throwable thrown) {
    boolean dropped = false;
    try {
      dropped = isDropped(thrown); // or is fatal, and comes out of it
    } finally {
      if (dropped) {
        endByCtx();
      } else if (downstreamCanceled()) {
        closeOwned();
      }
    }
    return !dropped;
  }

  /** The call that subscribes to the source is over: to be called before one's own is. */
  final void subscribed() {
    subscribeReturned();
  }

  @Override
  protected final boolean mayPark() {
    return !Schedulers.isInNonBlockingThread();
  }

  private Ctx ctx() {
    return context.ctx();
  }

  /**
   * Downstream's may be another at each subscription above: a retry's companion counts in it (R16).
   */
  @Override
  public final Context currentContext() {
    CtxContext seen = context;
    Context below = downstream.currentContext();
    if (!seen.isOver(below)) {
      seen = CtxContext.binding(below, seen.ctx());
      context = seen;
    }
    return seen;
  }

  @Override
  public final void onSubscribe(Subscription subscription) {
    if (!Operators.validate(upstream, subscription)) {
      return;
    }
    upstream = subscription;
    if (!upstreamArrived()) {
      subscription.cancel();
      return;
    }
    try {
      downstream.onSubscribe(this);
    } finally {
      downstreamReady();
    }
  }

  /** Upstream has ended; true: signal downstream, and {@link #closeOwned} after that. */
  final boolean ends() {
    boolean first = upstreamEnded();
    if (first) {
      upstreamDone = true;
    }
    return first;
  }

  @Override
  public final void onError(Throwable error) {
    if (upstreamFailed(ctx())) {
      upstreamDone = true;
      try {
        downstream.onError(error);
      } finally {
        closeOwned();
      }
    } else if (isLeft() && !(error instanceof CtxException)) {
      upstreamDone = true;
      downstream.onError(error);
    } else {
      Operators.onErrorDropped(error, currentContext());
    }
  }

  /**
   * Whether downstream has left, and nothing else has ended this: what an error is worth then is
   * its matter.
   */
  private boolean isLeft() {
    return canceled && !upstreamDone && !endedByCtx();
  }

  final void complete() {
    if (ends()) {
      signalComplete();
    }
  }

  /** After {@link #ends}. */
  final void signalComplete() {
    try {
      downstream.onComplete();
    } finally {
      closeOwned();
    }
  }

  /**
   * An element after the end: of upstream's making a breach of the rules, else one that was under
   * way.
   */
  final void late(@Nullable T element) {
    if (element == null) { // a signal of fusion
      return;
    }
    if (upstreamDone) {
      Operators.onNextDropped(element, currentContext());
    } else {
      Operators.onDiscard(element, currentContext());
    }
  }

  /**
   * Whether what foreign code has thrown is dropped: once the context is done it is taken for a
   * consequence of that, and downstream hears of the context alone, by a signal (R1).
   */
  final boolean isDropped(Throwable thrown) {
    Exceptions.throwIfFatal(thrown);
    boolean dropped = endedByCtx() || (ctx().isDone() && !hasEnded());
    if (dropped) {
      Operators.onErrorDropped(thrown, currentContext());
    }
    return dropped;
  }

  /** Makes the context's end that of the stream, if it has none, before its callback does. */
  final void endByCtx() {
    ctxDone(requireNonNull(ctx().err()));
  }

  /** Passes any number on: what one that is not positive is worth is upstream's to say (§3.9). */
  final void requestUpstream(long n) {
    try {
      upstream().request(n);
    } catch (Throwable e) {
      if (!isDropped(e)) {
        throw e;
      }
    }
  }

  /** After upstream's own end, too, and again: it may have something left to discard. */
  @Override
  public final void cancel() {
    canceled = true;
    if (downstreamCanceled()) {
      try {
        upstream().cancel();
      } finally {
        closeOwned();
      }
    } else if (!endedByCtx()) {
      upstream().cancel();
    }
  }

  /** After downstream was signaled: what it cancels then is not ended by the child first (R17). */
  final void closeOwned() {
    if (owned != null) {
      owned.close();
    }
  }

  @Override
  protected final void cancelUpstream() {
    try {
      upstream().cancel();
    } catch (Throwable e) {
      Operators.onErrorDropped(Operators.onOperatorError(e, currentContext()), currentContext());
    }
  }

  @Override
  protected final void signalCtxError(CtxException err, boolean arrived) {
    if (arrived) {
      downstream.onError(err.copy());
    } else {
      downstream.onSubscribe(Operators.emptySubscription());
      downstreamReady();
      downstream.onError(err.copy());
    }
  }

  final @Nullable Subscription upstreamOrNull() {
    return upstream;
  }

  final Subscription upstream() {
    return requireNonNull(upstream);
  }

  final boolean isCanceled() {
    return canceled;
  }

  @Override
  public final String stepName() {
    return Bind.STEP;
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return upstream;
    }
    if (key == Attr.ACTUAL) {
      return downstream;
    }
    if (key == Attr.CANCELLED) {
      return canceled;
    }
    if (key == Attr.TERMINATED) {
      return hasEnded() && !canceled;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }
}

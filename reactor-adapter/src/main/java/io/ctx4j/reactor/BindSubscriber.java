package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.spi.StreamEnd;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One bound subscription: Reactor's protocol around {@link StreamEnd}, which decides who ends it.
 *
 * <p>What is here is the same for Mono and Flux: how it begins, how downstream leaves, and where an error goes
 * that comes too late.
 */
abstract class BindSubscriber<T> extends StreamEnd
    implements CoreSubscriber<T>, Subscription, Scannable {
  final CoreSubscriber<? super T> downstream;
  final Context context;
  private final @Nullable CancelCtx owned;
  private @Nullable Subscription upstream;
  private volatile boolean canceled;

  BindSubscriber(CoreSubscriber<? super T> downstream, Context context, @Nullable CancelCtx owned) {
    this.downstream = downstream;
    this.context = context;
    this.owned = owned;
  }

  final boolean start(Ctx ctx) {
    return listen(ctx);
  }

  /** The source threw instead of coming with a subscription. */
  final void abandon() {
    if (downstreamCanceled()) {
      Bind.close(owned);
    }
  }

  @Override
  public final Context currentContext() {
    return context;
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
    downstream.onSubscribe(this);
    downstreamReady();
  }

  /** Upstream has ended: as {@link #upstreamEnded}, and what this subscription alone had is closed. */
  final boolean ends() {
    boolean first = upstreamEnded();
    if (first) {
      Bind.close(owned);
    }
    return first;
  }

  @Override
  public final void onError(Throwable error) {
    if (ends()) {
      downstream.onError(error);
    } else if (!(endedByCtx() && error instanceof CtxException)) { // a bind above says it, too
      Operators.onErrorDropped(error, context);
    }
  }

  final void complete() {
    if (ends()) {
      downstream.onComplete();
    }
  }

  @Override
  public final void cancel() {
    canceled = true;
    if (downstreamCanceled()) {
      try {
        upstream().cancel();
      } finally {
        Bind.close(owned);
      }
    }
  }

  @Override
  protected final void cancelUpstream() {
    try {
      upstream().cancel();
    } catch (Throwable e) {
      Operators.onErrorDropped(Operators.onOperatorError(e, context), context);
    }
  }

  @Override
  protected final void signalCtxError(CtxException err, boolean arrived) {
    if (arrived) {
      downstream.onError(err.copy());
    } else {
      Operators.error(downstream, err.copy());
    }
  }

  final Subscription upstream() {
    return requireNonNull(upstream);
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

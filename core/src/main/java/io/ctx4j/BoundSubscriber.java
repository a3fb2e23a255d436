package io.ctx4j;

import static java.util.Objects.requireNonNull;

import io.ctx4j.spi.StreamEnd;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * One bound subscription: the rules of Reactive Streams around {@link StreamEnd}, which decides who
 * ends it.
 */
final class BoundSubscriber<T> extends StreamEnd implements Subscriber<T>, Subscription {
  private final Ctx ctx;
  private final Subscriber<? super T> downstream;
  private @Nullable Subscription upstream;

  BoundSubscriber(Ctx ctx, Subscriber<? super T> downstream) {
    this.ctx = ctx;
    this.downstream = downstream;
  }

  /** False: the context is done, and the source is to be left alone. */
  boolean listen() {
    return listen(ctx);
  }

  /** Asks the source, after {@link #listen}. */
  void subscribeTo(Publisher<T> source) {
    try {
      source.subscribe(this);
    } catch (Throwable e) { // breaks §1.9, and counts as canceled
      if (!endsByCtx()) {
        abandon();
        throw e;
      }
      late(e);
    } finally {
      subscribeReturned();
    }
  }

  private void abandon() {
    if (downstreamCanceled() && upstream != null) {
      cancelUpstream();
    }
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    requireNonNull(subscription, "subscription");
    if (upstream != null) { // §2.5
      subscription.cancel();
      return;
    }
    upstream = subscription;
    if (!upstreamArrived()) {
      cancelUpstream();
      return;
    }
    try {
      downstream.onSubscribe(this);
    } catch (Throwable e) { // breaks §2.13 and counts as canceled
      cancel();
      throw e;
    }
    downstreamReady();
  }

  @Override
  public void onNext(T item) {
    requireNonNull(item, "item");
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      return;
    }
    try {
      downstream.onNext(item);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  @Override
  public void onError(Throwable error) {
    requireNonNull(error, "error");
    if (!endsByCtx() && upstreamEnded()) {
      downstream.onError(error);
    } else {
      late(error);
    }
  }

  @Override
  public void onComplete() {
    if (upstreamEnded()) {
      downstream.onComplete();
    }
  }

  @Override
  public void request(long n) {
    downstreamReady();
    try {
      upstream().request(n);
    } catch (Throwable e) {
      if (!endsByCtx()) {
        throw e;
      }
      late(e);
    }
  }

  @Override
  public void cancel() {
    if (downstreamCanceled()) {
      upstream().cancel();
    }
  }

  @Override
  protected void cancelUpstream() {
    try {
      upstream().cancel();
    } catch (Throwable e) {
      late(e);
    }
  }

  @Override
  protected void signalCtxError(CtxException err, boolean arrived) {
    if (!arrived) {
      var none = new BoundPublisher.NoSubscription();
      downstream.onSubscribe(none);
      downstreamReady();
      if (none.canceled) {
        return;
      }
    }
    downstream.onError(err.copy());
  }

  private Subscription upstream() {
    return requireNonNull(upstream);
  }

  /**
   * Whether the context has ended the stream; does so where it is done and its callback is yet to
   * come (R1).
   */
  private boolean endsByCtx() {
    CtxException err = ctx.err();
    if (err != null) {
      onDone(err);
    }
    return endedByCtx();
  }

  /**
   * Nobody can be told of it any more; what only says once more that the context is done need not
   * be.
   */
  private void late(Throwable error) {
    boolean saysSo = error instanceof CtxException
        || (ctx.isDone()
            && (error instanceof InterruptedException || error instanceof CancellationException));
    if (!saysSo) {
      ForeignCode.report(error);
    }
  }
}

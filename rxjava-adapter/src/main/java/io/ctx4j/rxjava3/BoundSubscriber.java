package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.FlowableSubscriber;
import io.reactivex.rxjava3.operators.ConditionalSubscriber;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A bound Flowable; demand passes through it unchanged. */
class BoundSubscriber<T> extends BoundItems<T, Subscription>
    implements FlowableSubscriber<T>, Subscription {
  private final Subscriber<? super T> downstream;

  private BoundSubscriber(Ctx ctx, Subscriber<? super T> downstream) {
    super(ctx);
    this.downstream = downstream;
  }

  @SuppressWarnings("unchecked")
  static <T> BoundSubscriber<T> of(Ctx ctx, Subscriber<? super T> downstream) {
    return downstream instanceof ConditionalSubscriber
        ? new Conditional<>(ctx, (ConditionalSubscriber<? super T>) downstream)
        : new BoundSubscriber<>(ctx, downstream);
  }

  @Override
  public void onSubscribe(Subscription upstream) {
    arrived(upstream, "Subscription already set!");
  }

  @Override
  public void request(long n) {
    Subscription upstream = upstream();
    if (upstream != null) { // else there is only the error to come
      downstreamReady();
      try {
        upstream.request(n);
      } catch (Throwable e) {
        if (!endsByCtx(e)) {
          throw e;
        }
      }
    }
  }

  @Override
  public void cancel() {
    dispose();
  }

  @Override
  void subscribeDownstream() {
    downstream.onSubscribe(this);
  }

  @Override
  void signalNext(@Nullable T item) {
    downstream.onNext(item);
  }

  @Override
  void signalError(Throwable error) {
    downstream.onError(error);
  }

  @Override
  void signalComplete() {
    downstream.onComplete();
  }

  @Override
  void stop(Subscription upstream) {
    upstream.cancel();
  }

  /** One whose downstream says of each item whether it counts against the demand. */
  private static final class Conditional<T> extends BoundSubscriber<T>
      implements ConditionalSubscriber<T> {
    private final ConditionalSubscriber<? super T> downstream;

    Conditional(Ctx ctx, ConditionalSubscriber<? super T> downstream) {
      super(ctx, downstream);
      this.downstream = downstream;
    }

    @Override
    public boolean tryOnNext(T item) {
      Emission emission = emitting();
      if (emission == Emission.NONE) {
        return true;
      }
      try {
        return downstream.tryOnNext(item);
      } finally {
        if (emission == Emission.OUTER) {
          emitted();
        }
      }
    }
  }
}

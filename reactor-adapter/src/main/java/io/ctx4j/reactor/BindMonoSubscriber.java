package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A bound Mono: its element is its end, because an error after it is forbidden there.
 *
 * <p>It is not fused: a queue of one gains nothing, and a callable would run inside poll().
 */
final class BindMonoSubscriber<T> extends BindSubscriber<T> {
  /**
   * Downstream has left with the element: whether there is a completion after that is upstream's
   * matter (R16).
   */
  private boolean left;

  BindMonoSubscriber(
      CoreSubscriber<? super T> downstream, CtxContext context, @Nullable CancelCtx owned) {
    super(downstream, context, owned);
  }

  @Override
  public void onNext(T element) {
    if (!ends()) {
      late(element);
      return;
    }
    try {
      downstream.onNext(element);
      left = isCanceled(); // inside of that
      if (!left) {
        downstream.onComplete();
      }
    } finally {
      closeOwned();
    }
  }

  @Override
  public void onComplete() {
    if (left) {
      left = false;
      downstream.onComplete();
    } else {
      complete();
    }
  }

  @Override
  public void request(long n) {
    downstreamReady();
    requestUpstream(n);
  }
}

package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * A bound Mono: its element is its end, because an error after it is forbidden there.
 *
 * <p>It is not fused: a queue of one gains nothing, and a callable would run inside poll().
 */
final class BindMonoSubscriber<T> extends BindSubscriber<T> {
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
      downstream.onComplete();
    } finally {
      closeOwned();
    }
  }

  @Override
  public void onComplete() {
    complete();
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n)) {
      downstreamReady();
      requestUpstream(n);
    }
  }
}

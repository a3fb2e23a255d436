package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;

/**
 * A bound Flowable or Observable: each item asks {@link Bound} whether it may pass.
 *
 * <p>An Observable is fused ({@link BoundObserver}), a Flowable is not. The context's error has to
 * reach a downstream that does not poll (R1), and the end has to come after what is queued (R4). So
 * a bound queue has to be an asynchronous one, which signals its end when it is found empty.
 * Downstreams of an Observable poll until it is empty. Those of a Flowable may stop polling before,
 * as they have no demand left, or wait for another source, and would never hear of the end:
 * {@code sequenceEqual} over unequal lengths would not answer, {@code publish(f)} and
 * MulticastProcessor would not complete where demand ends with the items (X6).
 */
abstract class BoundItems<T, U> extends Bound<U> {
  BoundItems(Ctx ctx) {
    super(ctx);
  }

  /** Calls downstream's onNext; null: a fused one is to look into the queue. */
  abstract void signalNext(@Nullable T item);

  /** Calls downstream's onComplete. */
  abstract void signalComplete();

  /** For the {@code onNext} of both types. */
  public final void onNext(@Nullable T item) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      return;
    }
    try {
      signalNext(item);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  /** For the {@code onComplete} of both types. */
  public void onComplete() {
    if (ends()) {
      signalComplete();
    }
  }
}

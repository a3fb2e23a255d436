package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;

/**
 * A bound Flowable or Observable: each item asks {@link Bound} whether it may pass.
 *
 * <p>A Flowable is not fused, an Observable is ({@link BoundObserver}). To be cut off without being
 * asked (R1), and not before what is queued (R4), a bound queue has to be an asynchronous one whose
 * end is told when it is found empty. Downstreams of a Flowable stop asking: they have no demand
 * left, or wait for another source. So {@code sequenceEqual} over unequal lengths would never
 * answer, and {@code publish(f)} and MulticastProcessor never complete where demand ends with the
 * items (X6). Downstreams of an Observable always ask until it is empty.
 */
abstract class BoundItems<T, U> extends Bound<U> {
  BoundItems(Ctx ctx) {
    super(ctx);
  }

  /** Calls downstream's onNext; null tells a fused one to look into the queue. */
  abstract void next(@Nullable T item);

  /** Calls downstream's onComplete. */
  abstract void completed();

  /** For the {@code onNext} of both types. */
  public final void onNext(@Nullable T item) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      return;
    }
    try {
      next(item);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  /** For the {@code onComplete} of both types. */
  public void onComplete() {
    if (ends()) {
      completed();
    }
  }
}

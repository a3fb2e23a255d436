package io.ctx4j.webflux;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Lets a cancel through between two steps, and not while one is under way: then whoever takes that
 * step cancels after it.
 *
 * <pre>
 *               begin ──▶
 *   BETWEEN ─────────────────── WITHIN
 *      │        ◀── end           │
 *      │ cancel: at once          │ cancel: end says so
 *      └───────▶ CANCELED ◀───────┘
 * </pre>
 *
 * @param state a field of its owner's, so that an owner needs no object for this; 0 at first
 */
record CancelBetweenSteps<T>(AtomicIntegerFieldUpdater<T> state) {
  private static final int BETWEEN = 0;
  private static final int WITHIN = 1;
  private static final int CANCELED = 2;

  /**
   * A step is about to be taken.
   *
   * @return false: it is part of another one, or this is canceled; there is to be no {@link #end}
   */
  boolean begin(T owner) {
    return state.compareAndSet(owner, BETWEEN, WITHIN);
  }

  /**
   * The step that has begun is over.
   *
   * @return true: somebody has canceled meanwhile, which is the caller's to do now
   */
  boolean end(T owner) {
    return !state.compareAndSet(owner, WITHIN, BETWEEN);
  }

  /**
   * Somebody cancels.
   *
   * @return true: it is to be done now; false: it has been, or will be at the end of a step
   */
  boolean cancel(T owner) {
    return state.getAndSet(owner, CANCELED) == BETWEEN;
  }

  boolean isCanceled(T owner) {
    return state.get(owner) == CANCELED;
  }
}

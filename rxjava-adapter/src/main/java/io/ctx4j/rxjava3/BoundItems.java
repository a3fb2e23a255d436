package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.exceptions.Exceptions;
import io.reactivex.rxjava3.operators.QueueFuseable;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A bound Flowable or Observable: each item asks {@link Bound} whether it may pass.
 *
 * <p><b>Fusion.</b> The consumer may take items from this as from a queue where it may do so from a {@code
 * map}: not across a boundary. Behind one (observeOn, flatMap, …) a source that blocks would hold back the
 * error that is to overtake it, and flatMap and switchMap, which ask whether a queue is empty only after they
 * were told of its end, would miss an end that uses up their demand; {@code publish(f)} does, as it does after
 * a {@code filter}.
 *
 * <p>To the consumer it is always an asynchronous queue, which can be told an end without being asked (R1). And
 * it is told that the source has ended when it has found the queue empty, not before: until then the context
 * may still cut off what is in there (R4). A synchronous source is filled from the start; an asynchronous one
 * when it completes.
 *
 * <pre>
 *   OPEN ── nothing more comes ──► TELLING ── told to look ──► FILLED ── found empty: onComplete
 *                                    └─────── found empty ──► EMPTY ── told to look: onComplete
 * </pre>
 */
abstract class BoundItems<T, U> extends Bound<U> implements QueueFuseable<T> {
  private static final VarHandle PHASE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "phase", VarHandle.class, BoundItems.class, int.class);

  private static final int OPEN = 0;
  private static final int TELLING = 1;
  private static final int FILLED = 2;
  private static final int EMPTY = 3;

  private volatile int phase = OPEN;

  /** The upstream, where the consumer takes items from it. */
  private @Nullable QueueFuseable<T> queue;

  private boolean synchronous;

  BoundItems(Ctx ctx) {
    super(ctx);
  }

  /** Calls the consumer's onNext; null tells a fused one to look into the queue. */
  abstract void next(@Nullable T item);

  /** Calls the consumer's onComplete. */
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
  public final void onComplete() {
    if (queue == null) {
      complete();
    } else {
      filled();
    }
  }

  private void complete() {
    if (ends()) {
      completed();
    }
  }

  /** Whether items are taken from a queue that was full from the start: then there is nothing to request. */
  final boolean isSynchronous() {
    return synchronous;
  }

  /** All that will ever come is in the queue. */
  final void filled() {
    if (PHASE.compareAndSet(this, OPEN, TELLING)) {
      onNext(null);
      if (!PHASE.compareAndSet(this, TELLING, FILLED)) {
        complete();
      }
    }
  }

  /** The queue was found empty, and nothing more will come. */
  private void emptied() {
    if (!PHASE.compareAndSet(this, TELLING, EMPTY) && phase == FILLED) {
      complete();
    }
  }

  @Override
  public final int requestFusion(int mode) {
    if (!(upstream() instanceof QueueFuseable) || (mode & (ASYNC | BOUNDARY)) != ASYNC) {
      return NONE;
    }
    @SuppressWarnings("unchecked")
    var source = (QueueFuseable<T>) upstream();
    int granted = source.requestFusion(mode);
    if (granted == NONE) {
      return NONE;
    }
    queue = source;
    synchronous = granted == SYNC;
    return ASYNC;
  }

  @Override
  public final @Nullable T poll() throws Throwable {
    if (endedByCtx()) {
      queue().clear();
      return null;
    }
    boolean last = phase != OPEN;
    T item;
    try {
      item = queue().poll();
    } catch (Throwable e) {
      Exceptions.throwIfFatal(e);
      if (!ends()) {
        late(e);
        return null;
      }
      stopSource();
      throw e;
    }
    if (item == null && last) {
      emptied();
    }
    return item;
  }

  @Override
  public final boolean isEmpty() {
    if (endedByCtx()) {
      return true;
    }
    boolean last = phase != OPEN;
    boolean empty = queue().isEmpty();
    if (empty && last) {
      emptied();
    }
    return empty;
  }

  @Override
  public final void clear() {
    queue().clear();
  }

  @Override
  public final boolean offer(T item) {
    throw new UnsupportedOperationException();
  }

  @Override
  public final boolean offer(T first, T second) {
    throw new UnsupportedOperationException();
  }

  private QueueFuseable<T> queue() {
    return requireNonNull(queue);
  }
}

package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.operators.QueueDisposable;
import io.reactivex.rxjava3.operators.QueueFuseable;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A bound Observable.
 *
 * <p><b>Fusion.</b> Downstream may take items from this as from a queue where it may do so from a
 * {@code map}: not across a boundary. Behind one (observeOn, flatMap, …) a source that blocks would
 * hold back the error that is to overtake it, and flatMap and switchMap, which ask whether a queue
 * is empty only after they were told of its end, would miss it.
 *
 * <p>To downstream it is always an asynchronous queue, which can be told an end without being asked
 * (R1). And it is signaled that upstream has ended when it has found the queue empty, not before:
 * until then the context may still cut off what is in there (R4). A synchronous upstream is filled
 * from the start; an asynchronous one when it completes.
 *
 * <pre>
 *   OPEN ── nothing more comes ──► SIGNALING ── told to look ──► FILLED ── found empty: onComplete
 *                                    └─────── found empty ──► EMPTY ── told to look: onComplete
 * </pre>
 */
final class BoundObserver<T> extends BoundItems<T, Disposable>
    implements Observer<T>, QueueDisposable<T> {
  private static final VarHandle PHASE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "phase", VarHandle.class, BoundObserver.class, int.class);

  private static final int OPEN = 0;
  private static final int SIGNALING = 1;
  private static final int FILLED = 2;
  private static final int EMPTY = 3;

  private final Observer<? super T> downstream;

  private volatile int phase = OPEN;

  /**
   * The upstream, where downstream takes items from it; null where it does not: an empty queue
   * then.
   */
  private @Nullable QueueFuseable<T> queue;

  private boolean synchronous;

  BoundObserver(Ctx ctx, Observer<? super T> downstream) {
    super(ctx);
    this.downstream = downstream;
  }

  @Override
  public void onSubscribe(Disposable upstream) {
    arrived(upstream, "Disposable already set!");
    if (synchronous) { // there is no request to wait for
      filled();
    }
  }

  @Override
  public void onComplete() {
    if (queue == null) {
      super.onComplete();
    } else {
      filled();
    }
  }

  /** All that will ever come is in the queue. */
  private void filled() {
    if (PHASE.compareAndSet(this, OPEN, SIGNALING)) {
      onNext(null);
      if (!PHASE.compareAndSet(this, SIGNALING, FILLED)) {
        super.onComplete();
      }
    }
  }

  /** The queue was found empty, and nothing more will come. */
  private void emptied() {
    if (!PHASE.compareAndSet(this, SIGNALING, EMPTY) && phase == FILLED) {
      super.onComplete();
    }
  }

  @Override
  public int requestFusion(int mode) {
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
  public @Nullable T poll() throws Throwable {
    if (queue == null) {
      return null;
    }
    if (endedByCtx()) {
      clear();
      return null;
    }
    boolean last = phase != OPEN;
    T item;
    try {
      item = queue.poll();
    } catch (Throwable e) {
      if (endsByCtx(e)) {
        return null;
      }
      if (ends()) {
        cancelUpstream();
      }
      throw e;
    }
    if (item == null && last) {
      emptied();
    }
    return item;
  }

  @Override
  public boolean isEmpty() {
    if (queue == null || endedByCtx()) {
      return true;
    }
    boolean last = phase != OPEN;
    boolean empty;
    try {
      empty = queue.isEmpty();
    } catch (Throwable e) {
      if (endsByCtx(e)) {
        return true;
      }
      throw e;
    }
    if (empty && last) {
      emptied();
    }
    return empty;
  }

  @Override
  public void clear() {
    if (queue != null) {
      try {
        queue.clear();
      } catch (Throwable e) {
        if (!endsByCtx(e)) {
          throw e;
        }
      }
    }
  }

  @Override
  public boolean offer(T item) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean offer(T first, T second) {
    throw new UnsupportedOperationException();
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
  void stop(Disposable upstream) {
    upstream.dispose();
  }
}

package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Operators;

/**
 * A bound Flux as a queue, which downstream may drain it as.
 *
 * <p>An asynchronously fused source stays one. A synchronously fused source (a range, a list)
 * becomes an asynchronous one to downstream, because a synchronous queue has no way to show an end
 * but at the next poll: then a consumer without demand would never hear of it (R1). So no element
 * of a fused stream costs an atomic; {@link #poll} looks whether the stream has ended and drops
 * what is left. The source's completion, which a synchronous queue shows by being empty, is found
 * where consumers look for it: at a poll that finds nothing, or in {@link #isEmpty}. Not with the
 * last element: what stands in between and runs at the end, a {@code doFinally}, would run before
 * that is delivered. The completion of an asynchronous one overtakes its queue; it is held until
 * that is empty, because until then the context may end the stream. Two consumers know an
 * asynchronous queue otherwise than a synchronous one: {@link Fusion}.
 *
 * <p>It is a class of its own only for reading: a queue beside the subscriber would be an object
 * more for each stream.
 */
abstract class BindQueue<T> extends BindSubscriber<T> implements QueueSubscription<T> {
  @SuppressWarnings("rawtypes")
  static final AtomicLongFieldUpdater<BindQueue> REQUESTED =
      AtomicLongFieldUpdater.newUpdater(BindQueue.class, "requested");

  /** In {@link #requested}: the end of a pulled queue, beside requests. */
  private static final long END = 1L << 62;

  /** The same as upstream, where it is a queue and downstream drains it. */
  private @Nullable QueueSubscription<T> queue;

  /** Whether the queue is a synchronous one, which sends no signals of its own. */
  private boolean pulled;

  /**
   * Whether the queue knows how many it holds, and discards none of them by itself (a range, an
   * array).
   */
  private boolean counted;

  /** Whether downstream looks for the end only when it is signaled. */
  private boolean lookAhead;

  /**
   * Whether downstream takes of a pulled queue by itself as it is asked, and is not to be signaled
   * that it can.
   */
  private boolean unprompted;

  /**
   * Whether downstream is through with a pulled queue: it was found empty, which was its end also
   * with more behind a null, or downstream wants nothing more of it. A list answers a poll all the
   * same.
   */
  private boolean finished;

  /** The source has completed; what its queue still holds can be cut. */
  private volatile boolean completed;

  /**
   * What a drain has still to request, or what there is to signal of a pulled queue; who takes it
   * off zero does so.
   */
  volatile long requested;

  BindQueue(CoreSubscriber<? super T> downstream, CtxContext context, @Nullable CancelCtx owned) {
    super(downstream, context, owned);
  }

  @Override
  public final int requestFusion(int requestedMode) {
    queue = null;
    pulled = false;
    if (!(upstreamOrNull() instanceof QueueSubscription) || (requestedMode & Fuseable.ASYNC) == 0) {
      return Fuseable.NONE;
    }
    Fusion fusion = Fusion.with(requestedMode, downstream);
    if (fusion == Fusion.NONE) {
      return Fuseable.NONE;
    }
    @SuppressWarnings("unchecked")
    var source = (QueueSubscription<T>) upstream();
    int mode = source.requestFusion(requestedMode | Fuseable.SYNC);
    if (mode == Fuseable.NONE) {
      return mode;
    }
    queue = source;
    pulled = mode == Fuseable.SYNC;
    counted = pulled && source.size() > 1;
    lookAhead = fusion == Fusion.LOOKING_AHEAD;
    unprompted = fusion == Fusion.UNPROMPTED;
    return Fuseable.ASYNC;
  }

  /** Whether downstream drains this as a queue. */
  final boolean isFused() {
    return queue != null;
  }

  /** Whether a request is answered here, and not passed upstream. */
  final boolean isPulled() {
    return pulled;
  }

  /** Downstream has requested something of a pulled queue. */
  final void requestPulled() {
    if (!unprompted) {
      signal(1);
    }
  }

  /**
   * Signals downstream that there is something in a pulled queue, as it may have waited for its own
   * demand to take it, or the end that was found there. Who takes {@link #requested} off zero
   * signals, and also what others, or downstream itself, have to signal meanwhile: so the end comes
   * after the signal that it was found in (Reactive Streams §1.3).
   */
  @SuppressWarnings("NullAway") // fusion's signal is onNext(null)
  private void signal(long what) {
    if (REQUESTED.getAndAdd(this, what) != 0) {
      return;
    }
    long signaled = what;
    do {
      if ((signaled & END) != 0) {
        signalComplete();
      } else {
        onNext(null);
      }
      signaled = REQUESTED.addAndGet(this, -signaled);
    } while (signaled != 0);
  }

  @Override
  public final void onComplete() {
    completed = true;
    // both are asked: some queues' size is an estimate
    if (queue == null || (queue.size() == 0 && isEmpty(queue))) {
      complete();
    }
  }

  /** Without fusion: what upstream has to say, or an empty one. */
  @SuppressWarnings("unchecked")
  private QueueSubscription<T> queue() {
    QueueSubscription<T> fused = queue;
    if (fused != null) {
      return fused;
    }
    return (QueueSubscription<T>)
        (upstreamOrNull() instanceof QueueSubscription
            ? upstream()
            : Operators.emptySubscription());
  }

  /** What is in the queue is to be discarded. */
  private boolean isDiscarding() {
    return finished || endedByCtx();
  }

  @Override
  public final @Nullable T poll() {
    if (isDiscarding()) {
      clear();
      return null;
    }
    boolean last = pulled || completed;
    T element;
    try {
      element = queue().poll();
      if (element == null && !last && isLast()) {
        last = true;
        element = queue().poll(); // there is all that there will be, now
      }
    } catch (Throwable e) {
      if (isDropped(e)) {
        endByCtx();
        return null;
      }
      counted = false; // what comes after it is not discarded
      cancel(); // that is the source's end, also to a consumer which does not cancel then
      throw e;
    }
    if (element == null && pulled) {
      finished = true;
    }
    if (element == null ? last : lookAhead && isLast() && isEmpty(queue())) {
      foundEnd();
    }
    return element;
  }

  @Override
  public final boolean isEmpty() {
    if (isDiscarding()) {
      clear();
      return true;
    }
    boolean last = pulled || completed;
    boolean empty = isEmpty(queue());
    if (empty && !last && isLast()) {
      last = true;
      empty = isEmpty(queue());
    }
    if (empty && last) {
      foundEnd();
    }
    return empty;
  }

  private boolean isEmpty(QueueSubscription<T> queue) {
    try {
      return queue.isEmpty();
    } catch (Throwable e) {
      if (isDropped(e)) {
        endByCtx();
        return true;
      }
      throw e;
    }
  }

  /**
   * Whether the queue is at its end when it is empty: a synchronous one is, another one when its
   * source has completed. That source set completed and then looked at the queue, here it is the
   * other way round, so one of the two sees it. What it has put there in between was not seen: who
   * finds the queue empty, and only then that it is the last, looks once more.
   */
  private boolean isLast() {
    VarHandle.fullFence(); // what was taken off the queue is to be seen before completed is read
    return pulled || completed;
  }

  /** The queue is empty, and was at its end before that was looked for. */
  private void foundEnd() {
    if (!pulled) {
      complete();
    } else if (ends()) {
      signal(END);
    }
  }

  @Override
  public final int size() {
    if (isDiscarding()) {
      return 0;
    }
    try {
      return queue().size();
    } catch (Throwable e) {
      if (isDropped(e)) {
        endByCtx();
        return 0;
      }
      throw e;
    }
  }

  /** What consumers do to drop what is left of an asynchronous queue. */
  @Override
  public final void clear() {
    try {
      if (!pulled) {
        if (endedByCtx() || !Fusion.isReplay(queue())) {
          queue().clear();
        }
      } else if (!finished) {
        finished = true;
        clearPulled();
      }
    } catch (Throwable e) {
      if (!isDropped(e)) {
        throw e;
      }
    }
  }

  /**
   * Of a synchronous queue they would poll what is left, which discards it, all but
   * {@code publish(f)}; so a counted one is polled here. A list has discarded what was left as it
   * was canceled, and gives out once more an element that it was asked for and nobody took: as
   * without a bind that is discarded where downstream has left; not where the context has ended the
   * stream, nor where it was we who asked for it (R16). A callable is not called.
   */
  private void clearPulled() {
    if (counted && !lookAhead) {
      Operators.onDiscardQueueWithClear(queue(), currentContext(), null);
    } else if (!endedByCtx() && !(isCanceled() && (lookAhead || queue().isEmpty()))) {
      queue().clear();
    }
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Fuseable.SynchronousSubscription;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A bound Flux: each element asks whether it may pass.
 *
 * <p><b>Fusion.</b> Downstream may drain this as a queue. An asynchronously fused source stays one. A
 * synchronously fused source (a range, a list) becomes an asynchronous one to downstream, because a
 * synchronous queue has no way to tell an end but at the next poll: then a consumer without demand would
 * never hear of it (R1). So no element of a fused stream costs an atomic; {@link #poll} looks whether the
 * stream has ended and drops what is left. The source's completion, which a synchronous queue shows by
 * being empty, is found where consumers look for it: at a poll that finds nothing, or in {@link #isEmpty}.
 * The completion of an asynchronous one overtakes its queue; it is held until that is empty, because until
 * then the context may end the stream.
 *
 * <p><b>Draining.</b> Where downstream does not drain a counted source (a range, an array), this does, on
 * the thread that requests, as the source would: one look per element whether the stream has ended, and no
 * fence, because a drain is one emission. A source that may block, or that calls a function, is not
 * drained so: its next element would hold back the end, and downstream would not be told on time.
 */
final class BindFluxSubscriber<T> extends BindSubscriber<T>
    implements ConditionalSubscriber<T>, QueueSubscription<T> {
  @SuppressWarnings("rawtypes")
  private static final AtomicLongFieldUpdater<BindFluxSubscriber> REQUESTED =
      AtomicLongFieldUpdater.newUpdater(BindFluxSubscriber.class, "requested");

  private final @Nullable ConditionalSubscriber<? super T> conditional;

  /** The same as upstream, where it is a queue and downstream drains it. */
  private @Nullable QueueSubscription<T> queue;

  /** Whether the queue is a synchronous one, which sends no signals of its own. */
  private boolean pulled;

  /** Whether the queue knows how many it holds, and discards none of them by itself (a range, an array). */
  private boolean counted;

  private boolean cleared;

  /** Whether there was a request; serial, as requests are (Reactive Streams §2.7). */
  private boolean started;

  /** Whether this drains the queue. */
  private boolean draining;

  /** What a drain has still to deliver; who takes it off zero drains. */
  private volatile long requested;

  /** The source has completed; what its queue still holds can be cut. */
  private volatile boolean completed;

  @SuppressWarnings("unchecked")
  BindFluxSubscriber(
      CoreSubscriber<? super T> downstream, Context context, @Nullable CancelCtx owned) {
    super(downstream, context, owned);
    this.conditional = downstream instanceof ConditionalSubscriber
        ? (ConditionalSubscriber<? super T>) downstream
        : null;
  }

  @Override
  public void onNext(T element) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      Operators.onDiscard(element, context);
      return;
    }
    try {
      downstream.onNext(element);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  @Override
  public boolean tryOnNext(T element) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      Operators.onDiscard(element, context);
      return true;
    }
    try {
      return deliver(element);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  /** Within an emission; false: the consumer has not counted it against its demand. */
  private boolean deliver(T element) {
    if (conditional == null) {
      downstream.onNext(element);
      return true;
    }
    return conditional.tryOnNext(element);
  }

  @Override
  public void onComplete() {
    completed = true;
    if (queue == null || queue.isEmpty()) {
      complete();
    }
  }

  @Override
  public void request(long n) {
    if (!Operators.validate(n)) {
      return;
    }
    if (!started) {
      started = true;
      begin();
    }
    if (draining) {
      if (Operators.addCap(REQUESTED, this, n) == 0) {
        drain(n);
      }
    } else if (!pulled) {
      upstream().request(n);
    }
  }

  /** The first request. What is in a pulled queue can be taken from now on; consumers go on by themselves. */
  @SuppressWarnings("NullAway") // fusion's signal is onNext(null)
  private void begin() {
    downstreamReady();
    if (pulled) {
      onNext(null);
    } else if (queue == null && upstream() instanceof SynchronousSubscription) {
      @SuppressWarnings("unchecked")
      var source = (QueueSubscription<T>) upstream();
      // an operator may be one by its type alone: asked first, it says so; with a barrier, that it
      // calls functions
      draining = source.requestFusion(Fuseable.SYNC | Fuseable.THREAD_BARRIER) == Fuseable.SYNC
          && source.size() > 1;
      if (draining) {
        queue = source;
      }
    }
  }

  private void drain(long n) {
    long demand = n;
    do {
      Emission emission = emitting();
      if (emission == Emission.NONE) {
        return;
      }
      long delivered = 0;
      try {
        while (delivered != demand && !hasEnded()) {
          T element = next();
          if (element == null) {
            break;
          }
          if (deliver(element)) {
            delivered++;
          }
        }
        if (queue().isEmpty()) {
          complete();
        }
      } finally {
        emitted();
      }
      demand = REQUESTED.addAndGet(this, -delivered);
    } while (demand != 0);
  }

  private @Nullable T next() {
    try {
      return queue().poll();
    } catch (Throwable e) { // an array may hold null
      onError(Operators.onOperatorError(upstream(), e, context));
      return null;
    }
  }

  @Override
  public int requestFusion(int requestedMode) {
    if (!(upstream() instanceof QueueSubscription) || (requestedMode & Fuseable.ASYNC) == 0) {
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
    return Fuseable.ASYNC;
  }

  private QueueSubscription<T> queue() {
    return requireNonNull(queue);
  }

  @Override
  public @Nullable T poll() {
    if (endedByCtx()) {
      clear();
      return null;
    }
    T element;
    try {
      element = queue().poll();
    } catch (
        Throwable e) { // that is the source's end, also to a consumer which does not cancel then
      cancel();
      throw e;
    }
    if (element == null || (pulled && queue().size() == 0)) { // no isEmpty(): a list's may block
      foundEmpty();
    }
    return element;
  }

  @Override
  public boolean isEmpty() {
    if (endedByCtx()) {
      clear();
      return true;
    }
    boolean empty = queue().isEmpty();
    if (empty) {
      foundEmpty();
    }
    return empty;
  }

  /**
   * A synchronous queue is empty once, at its end; another one when its source has completed. That source
   * set completed and then looked at the queue, here it is the other way round, so one of the two sees it.
   */
  private void foundEmpty() {
    VarHandle.fullFence(); // what was taken off the queue is to be seen before completed is read
    if (pulled || completed) {
      complete();
    }
  }

  @Override
  public int size() {
    return endedByCtx() ? 0 : queue().size();
  }

  /**
   * What consumers do to drop what is left. They poll a synchronous queue empty instead, which discards;
   * to them this is an asynchronous one, so that is done here, where it has an end.
   */
  @Override
  public void clear() {
    if (!pulled) {
      queue().clear();
    } else if (!cleared) {
      cleared = true;
      if (counted) {
        Operators.onDiscardQueueWithClear(queue(), context, null);
      }
      queue().clear();
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.REQUESTED_FROM_DOWNSTREAM && draining ? requested : super.scanUnsafe(key);
  }
}

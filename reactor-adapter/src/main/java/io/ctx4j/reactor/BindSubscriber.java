package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.spi.StreamEnd;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Fuseable.SynchronousSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One bound subscription: Reactor's protocol around {@link StreamEnd}, which decides who ends it.
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
 *
 * <p>The file is long because all of the protocol that one object must speak stands in it.
 */
final class BindSubscriber<T> extends StreamEnd
    implements ConditionalSubscriber<T>, QueueSubscription<T>, Scannable {
  @SuppressWarnings("rawtypes")
  private static final AtomicLongFieldUpdater<BindSubscriber> REQUESTED =
      AtomicLongFieldUpdater.newUpdater(BindSubscriber.class, "requested");

  private final CoreSubscriber<? super T> actual;
  private final @Nullable ConditionalSubscriber<? super T> conditional;
  private final Context context;
  private final @Nullable CancelCtx owned;
  private final boolean single;

  private @Nullable Subscription upstream;

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

  private volatile boolean canceled;

  @SuppressWarnings("unchecked")
  BindSubscriber(
      CoreSubscriber<? super T> actual,
      Context context,
      @Nullable CancelCtx owned,
      boolean single) {
    this.actual = actual;
    this.conditional = !single && actual instanceof ConditionalSubscriber
        ? (ConditionalSubscriber<? super T>) actual
        : null;
    this.context = context;
    this.owned = owned;
    this.single = single;
  }

  boolean start(Ctx ctx) {
    return listen(ctx);
  }

  /** The source threw instead of coming with a subscription. */
  void abandon() {
    if (downstreamCanceled()) {
      Bind.close(owned);
    }
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (!Operators.validate(upstream, subscription)) {
      return;
    }
    upstream = subscription;
    if (!upstreamArrived()) {
      subscription.cancel();
      return;
    }
    actual.onSubscribe(this);
    downstreamReady();
  }

  @Override
  public void onNext(T element) {
    if (single) {
      onOnly(element);
    } else {
      emit(element);
    }
  }

  private void emit(T element) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      Operators.onDiscard(element, context);
      return;
    }
    try {
      actual.onNext(element);
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  /** The element of a Mono is its end: an error after it is forbidden there. */
  private void onOnly(T element) {
    if (upstreamEnded()) {
      Bind.close(owned);
      actual.onNext(element);
      actual.onComplete();
    } else {
      Operators.onDiscard(element, context);
    }
  }

  @Override
  public boolean tryOnNext(T element) {
    if (single) {
      onOnly(element);
      return true;
    }
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
      actual.onNext(element);
      return true;
    }
    return conditional.tryOnNext(element);
  }

  @Override
  public void onError(Throwable error) {
    if (upstreamEnded()) {
      Bind.close(owned);
      actual.onError(error);
    } else if (!(endedByCtx()
        && error instanceof CtxException)) { // upstream was bound, too: no news
      Operators.onErrorDropped(error, context);
    }
  }

  @Override
  public void onComplete() {
    completed = true;
    if (queue == null || queue.isEmpty()) {
      complete();
    }
  }

  private void complete() {
    if (upstreamEnded()) {
      Bind.close(owned);
      actual.onComplete();
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
      source().request(n);
    }
  }

  /** The first request. What is in a pulled queue can be taken from now on; consumers go on by themselves. */
  @SuppressWarnings("NullAway") // fusion's signal is onNext(null)
  private void begin() {
    downstreamReady();
    if (pulled) {
      emit(null);
    } else if (!single && queue == null && upstream instanceof SynchronousSubscription) {
      @SuppressWarnings("unchecked")
      var source = (QueueSubscription<T>) upstream;
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
      onError(Operators.onOperatorError(source(), e, context));
      return null;
    }
  }

  @Override
  public void cancel() {
    canceled = true;
    if (downstreamCanceled()) {
      try {
        source().cancel();
      } finally {
        Bind.close(owned);
      }
    }
  }

  @Override
  protected void cancelUpstream() {
    try {
      source().cancel();
    } catch (Throwable e) {
      Operators.onErrorDropped(Operators.onOperatorError(e, context), context);
    }
  }

  @Override
  protected void signalCtxError(CtxException err, boolean arrived) {
    if (arrived) {
      actual.onError(err.copy());
    } else {
      Operators.error(actual, err.copy());
    }
  }

  @Override
  public int requestFusion(int requestedMode) {
    if (single // a queue of one gains nothing, and a callable would run inside poll()
        || !(upstream instanceof QueueSubscription)
        || (requestedMode & Fuseable.ASYNC) == 0) {
      return Fuseable.NONE;
    }
    @SuppressWarnings("unchecked")
    var source = (QueueSubscription<T>) upstream;
    int mode = source.requestFusion(requestedMode | Fuseable.SYNC);
    if (mode == Fuseable.NONE) {
      return mode;
    }
    queue = source;
    pulled = mode == Fuseable.SYNC;
    counted = pulled && source.size() > 1;
    return Fuseable.ASYNC;
  }

  private Subscription source() {
    return requireNonNull(upstream);
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
  public String stepName() {
    return Bind.STEP;
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return upstream;
    }
    if (key == Attr.ACTUAL) {
      return actual;
    }
    if (key == Attr.CANCELLED) {
      return canceled;
    }
    if (key == Attr.TERMINATED) {
      return hasEnded() && !canceled;
    }
    if (key == Attr.REQUESTED_FROM_DOWNSTREAM && draining) {
      return requested;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }
}

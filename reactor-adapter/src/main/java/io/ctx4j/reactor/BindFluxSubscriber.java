package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.Fuseable.SynchronousSubscription;
import reactor.core.publisher.Operators;

/**
 * A bound Flux: each element asks whether it may pass.
 *
 * <p>Where downstream does not drain a counted source (a range, an array) as a queue
 * ({@link BindQueue}), such a source emits all that is requested inside the request. That is one
 * emission, so that an element costs a look whether the stream has ended, and no fence. A source
 * that may block, or that calls a function, is not taken so: its next element would hold back the
 * end, and downstream would not be told on time.
 */
class BindFluxSubscriber<T> extends BindQueue<T> {
  /** Whether there was a request; serial, as requests are (Reactive Streams §2.7). */
  private boolean started;

  /** Whether what a request lets through is one emission. */
  private boolean draining;

  private BindFluxSubscriber(
      CoreSubscriber<? super T> downstream, CtxContext context, @Nullable CancelCtx owned) {
    super(downstream, context, owned);
  }

  /**
   * Conditional where downstream is: sources treat the two kinds differently, nulls for one (R16).
   */
  @SuppressWarnings("unchecked")
  static <T> BindFluxSubscriber<T> of(
      CoreSubscriber<? super T> downstream, CtxContext context, @Nullable CancelCtx owned) {
    return downstream instanceof ConditionalSubscriber
        ? new Conditional<>((ConditionalSubscriber<? super T>) downstream, context, owned)
        : new BindFluxSubscriber<>(downstream, context, owned);
  }

  @Override
  public final void onNext(T element) {
    Emission emission = emitting();
    if (emission == Emission.NONE) {
      late(element);
      return;
    }
    try {
      downstream.onNext(element);
    } catch (Throwable e) {
      if (!isDropped(e)) {
        throw e;
      }
    } finally {
      if (emission == Emission.OUTER) {
        emitted();
      }
    }
  }

  @Override
  public final void request(long n) {
    if (n <= 0) {
      requestUpstream(n);
      return;
    }
    if (!started) {
      started = true;
      begin();
    }
    if (draining) {
      drain(n);
    } else if (isPulled()) {
      requestPulled();
    } else {
      requestUpstream(n);
    }
  }

  /** The first request. */
  private void begin() {
    downstreamReady();
    if (!isFused() && upstream() instanceof SynchronousSubscription<?> source) {
      // an operator may be one by its type alone: asked first, it says so, and with a barrier that
      // it calls functions
      draining = source.requestFusion(Fuseable.SYNC | Fuseable.THREAD_BARRIER) == Fuseable.SYNC
          && source.size() > 1;
      source.requestFusion(Fuseable.NONE);
    }
  }

  private void drain(long n) {
    if (Operators.addCap(REQUESTED, this, n) != 0) {
      return;
    }
    long demand = n;
    do {
      if (emitting() == Emission.NONE) {
        return;
      }
      try {
        requestUpstream(demand);
      } finally {
        emitted();
      }
      demand = REQUESTED.addAndGet(this, -demand);
    } while (demand != 0);
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public final @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.REQUESTED_FROM_DOWNSTREAM && draining ? requested : super.scanUnsafe(key);
  }

  /** One whose downstream says of each element whether it counts against the demand. */
  private static final class Conditional<T> extends BindFluxSubscriber<T>
      implements ConditionalSubscriber<T> {
    private final ConditionalSubscriber<? super T> conditional;

    Conditional(
        ConditionalSubscriber<? super T> downstream,
        CtxContext context,
        @Nullable CancelCtx owned) {
      super(downstream, context, owned);
      this.conditional = downstream;
    }

    @Override
    public boolean tryOnNext(T element) {
      Emission emission = emitting();
      if (emission == Emission.NONE) {
        late(element);
        return true;
      }
      try {
        return conditional.tryOnNext(element);
      } catch (Throwable e) {
        if (!isDropped(e)) {
          throw e;
        }
        return true;
      } finally {
        if (emission == Emission.OUTER) {
          emitted();
        }
      }
    }
  }
}

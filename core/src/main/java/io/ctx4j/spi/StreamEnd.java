package io.ctx4j.spi;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides who ends a stream: its upstream, its downstream, or the context it is bound to.
 *
 * <p>An adapter's subscriber extends this, reports what happens to it, and does what the answers
 * say: it knows its reactive library, this knows the rules. One int holds what is going on and who
 * has won:
 *
 * <pre>
 *   AWAITING_UPSTREAM      upstream has not come with its subscription     cleared by upstreamArrived()
 *   DOWNSTREAM_NOT_READY   downstream may not be told an end yet           cleared by downstreamReady()
 *   CANCELING_UPSTREAM     upstream is being canceled for the context      cleared when that has returned
 *   SUBSCRIBING_INSTEAD    downstream is given a subscription for its      cleared by downstreamReady()
 *                          error, as upstream has not come with one
 *
 *   CTX_WON                the context has ended the stream       } the first of the two wins, and from
 *   TERMINATED             upstream or downstream has             } then on no element gets through
 * </pre>
 *
 * <p>and beside it, {@code emitting}: an element is on its way downstream.
 *
 * <p>What CTX_WON began ends with {@link #signalCtxError}, when none of the first three is left and
 * nothing is on its way (Reactive Streams §1.3, §1.7). So the end is decided first, upstream is
 * canceled after that, and downstream is told last. Where upstream has not come, downstream is told
 * at once: the same compare-and-set sets CTX_WON, TERMINATED and SUBSCRIBING_INSTEAD. Each
 * transition is one compare-and-set; foreign code is called after it.
 *
 * <p><b>Downstream has its subscription when subscribe returns</b>, wherever upstream came by then:
 * operators that subscribe to this take that for granted, as it is so with all of their own
 * (RxJava's eager ones meet a null else). Where the context was first, another thread than the one
 * that subscribes may be giving it. So that one waits at its end, in {@link #subscribeReturned},
 * until SUBSCRIBING_INSTEAD is cleared. It cannot miss it: upstream that has come, and whose
 * subscription was refused, has found CTX_WON, which was set in one with that bit. It does not wait
 * for ever, as downstream may wait for a lock that it holds.
 *
 * <p><b>Emitting costs one fence, not two.</b> Only upstream's thread writes {@code emitting}:
 * true, a volatile write, before it looks at the bits; false, a mere release, before it looks
 * again.
 *
 * <ul>
 *   <li><i>Never beside an element.</i> Write and look here, CTX_WON and look there: these are four
 *       volatile accesses, so that at least one of the two sees the other. Either the element is
 *       dropped, or who wants to signal finds {@code emitting} and leaves it to the thread that
 *       takes it back.
 *   <li><i>Signaled once.</i> Whoever signals has put TERMINATED to CTX_WON.
 *   <li><i>Never lost.</i> A release does not wait to be seen. So upstream's thread may have looked
 *       too early to find CTX_WON, and yet not be seen to have finished; then each leaves it to the
 *       other. Therefore who leaves it checks again: a moment long at once, which is longer than a
 *       store takes in practice, and then by the system's timer at growing intervals until it is
 *       signaled. What is written is seen at some time, so one of the checks finds it.
 * </ul>
 *
 * <p>Both are under attack by the races of {@code stress} that begin with Bind.
 */
public abstract class StreamEnd extends DoneListener {
  private static final VarHandle BITS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "bits", VarHandle.class, StreamEnd.class, int.class);
  private static final VarHandle EMITTING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "emitting", VarHandle.class, StreamEnd.class, boolean.class);

  private static final int AWAITING_UPSTREAM = 1;
  private static final int DOWNSTREAM_NOT_READY = 1 << 1;
  private static final int CANCELING_UPSTREAM = 1 << 2;
  private static final int CTX_WON = 1 << 3;
  private static final int TERMINATED = 1 << 4;
  private static final int SUBSCRIBING_INSTEAD = 1 << 5;
  private static final int ENDED = CTX_WON | TERMINATED;

  /**
   * Checks at once before the timer is asked to, or the thread parks. Plain ones:
   * {@code Thread.onSpinWait} is blocking to BlockHound, which ends the call there on a thread that
   * must not block.
   */
  static final int SPINS = 512;

  private static final Duration FIRST_RECHECK = Duration.ofMillis(1);
  private static final Duration MAX_RECHECK = Duration.ofSeconds(1);

  /**
   * Read and written as volatile but here, where nobody else has this yet: that spares each stream
   * a fence.
   */
  @SuppressWarnings("UnusedVariable") // by BITS
  private int bits = AWAITING_UPSTREAM | DOWNSTREAM_NOT_READY;

  private volatile boolean emitting;
  private @Nullable CtxException err; // written before CTX_WON is set, read after
  private volatile Ctx.@Nullable Registration recheck;

  /**
   * For subclasses, which then {@link #listen}: false means that the stream has ended before it
   * began.
   */
  protected StreamEnd() {}

  /** What is to be done with an element. */
  protected enum Emission {
    /** Pass it on, then call {@link #emitted}. */
    OUTER,
    /** Pass it on; it comes from inside another emission, which will call {@link #emitted}. */
    NESTED,
    /** The stream has ended: discard it. */
    NONE
  }

  /** Cancels upstream; called at most once, on the thread that makes the context done. */
  protected abstract void cancelUpstream();

  /**
   * Signals downstream that the context has ended the stream; called at most once, and last.
   *
   * @param err shared: to be copied
   * @param arrived false: upstream has not come with its subscription, so downstream has none; give
   *     it one, say {@link #downstreamReady}, then signal the error
   */
  protected abstract void signalCtxError(CtxException err, boolean arrived);

  /**
   * Upstream has come with its subscription, which was stored where {@link #cancelUpstream} finds
   * it.
   *
   * @return false: the context was first, and downstream is told; cancel the subscription
   */
  protected final boolean upstreamArrived() {
    return ((int) BITS.getAndBitwiseAnd(this, ~AWAITING_UPSTREAM) & ENDED) == 0;
  }

  /**
   * The call that subscribes to upstream has returned or thrown; to be called before one's own
   * subscribe returns, where downstream gets its subscription with upstream's.
   */
  protected final void subscribeReturned() {
    if (isSubscribing()) {
      SubscriptionWait.await(this, mayPark());
    }
  }

  /** Whether this thread may wait asleep; asked only where there is something to wait for. */
  protected boolean mayPark() {
    return true;
  }

  /** Downstream's onSubscribe has returned, or its first request has come. */
  protected final void downstreamReady() {
    if ((bits() & (DOWNSTREAM_NOT_READY | SUBSCRIBING_INSTEAD)) != 0) {
      clear(DOWNSTREAM_NOT_READY | SUBSCRIBING_INSTEAD);
    }
  }

  /** An element has come; called by upstream, serially. */
  protected final Emission emitting() {
    if (emitting) {
      return hasEnded() ? Emission.NONE : Emission.NESTED;
    }
    emitting = true;
    if (!hasEnded()) {
      return Emission.OUTER;
    }
    emitted();
    return Emission.NONE;
  }

  /** Downstream has taken the element of an outer emission. */
  protected final void emitted() {
    EMITTING.setRelease(this, false);
    if (bits() == CTX_WON) {
      signal();
    }
  }

  /**
   * Upstream has completed or failed.
   *
   * @return true: so it is, tell downstream; false: the stream had ended before
   */
  protected final boolean upstreamEnded() {
    boolean first = (set(TERMINATED, ENDED) & ENDED) == 0;
    if (first) {
      unlisten();
    }
    return first;
  }

  /**
   * Upstream has failed. A failure that comes once the context is done is taken for a consequence
   * of that, also before this was called back: the context ends the stream then, here and now, as
   * its callback would.
   *
   * @param ctx what this listens to
   * @return true: so it is, tell downstream; false: the context ends the stream, or it had ended
   *     before
   */
  protected final boolean upstreamFailed(Ctx ctx) {
    CtxException err = ctx.err();
    if (err == null) {
      return upstreamEnded();
    }
    ctxDone(err);
    return false;
  }

  /** The context is done, which was found out before this was called back: as if it had been. */
  protected final void ctxDone(CtxException err) {
    unlisten();
    onDone(err);
  }

  /**
   * Downstream has canceled: it is told nothing from here on.
   *
   * @return true: cancel upstream; false: the stream had ended before
   */
  protected final boolean downstreamCanceled() {
    boolean first = (set(TERMINATED, TERMINATED) & ENDED) == 0;
    if (first) {
      unlisten();
    }
    return first;
  }

  /** Whether the context has ended the stream: what a fused queue still holds is to be dropped. */
  protected final boolean endedByCtx() {
    return (bits() & CTX_WON) != 0;
  }

  /**
   * Whether the end is decided, by whomever. A fused queue may still hold elements of an ended
   * upstream.
   */
  protected final boolean hasEnded() {
    return (bits() & ENDED) != 0;
  }

  @Override
  protected final void onDone(CtxException err) {
    this.err = err; // the same, whoever comes with it
    int witness;
    do {
      witness = bits();
      if ((witness & ENDED) != 0) {
        return;
      }
    } while (!BITS.compareAndSet(this, witness, witness | endOf(witness)));
    if ((witness & AWAITING_UPSTREAM) != 0) { // nothing to cancel, and nobody else to wait for
      try {
        signalCtxError(err, false);
      } finally {
        downstreamReady();
      }
      return;
    }
    try {
      cancelUpstream();
    } finally {
      clear(CANCELING_UPSTREAM);
    }
  }

  /** What the context's end sets. */
  private static int endOf(int bits) {
    return (bits & AWAITING_UPSTREAM) != 0
        ? CTX_WON | TERMINATED | SUBSCRIBING_INSTEAD
        : CTX_WON | CANCELING_UPSTREAM;
  }

  /** Whether downstream is given a subscription for its error, and does not have it yet. */
  final boolean isSubscribing() {
    return (bits() & SUBSCRIBING_INSTEAD) != 0;
  }

  /** Sets the bits, unless one of the others is set; returns what was found. */
  private int set(int on, int unless) {
    while (true) {
      int witness = bits();
      if ((witness & unless) != 0 || BITS.compareAndSet(this, witness, witness | on)) {
        return witness;
      }
    }
  }

  private int bits() {
    return (int) BITS.getVolatile(this);
  }

  private void clear(int bit) {
    if (((int) BITS.getAndBitwiseAnd(this, ~bit) & ~bit) == CTX_WON) {
      int spins = 0;
      while (emitting && spins < SPINS) {
        spins++;
      }
      recheck(FIRST_RECHECK);
    }
  }

  /** Signals the end, if it is not and no element is on its way, or checks again later. */
  private void recheck(Duration next) {
    if (!emitting) {
      signal();
    } else if (bits() == CTX_WON) {
      Duration longer = next.compareTo(MAX_RECHECK) < 0 ? next.multipliedBy(2) : next;
      recheck = LibraryTimer.schedule(() -> recheck(longer), next);
      if (bits() != CTX_WON) {
        stopRechecking();
      }
    }
  }

  private void stopRechecking() {
    Ctx.Registration recheck = this.recheck;
    if (recheck != null) {
      recheck.unregister();
    }
  }

  private void signal() {
    if ((set(TERMINATED, TERMINATED) & TERMINATED) == 0) {
      stopRechecking();
      signalCtxError(requireNonNull(err), true);
    }
  }
}

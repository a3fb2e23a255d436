package io.ctx4j.spi;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.ctx4j.TimeSource;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides who ends a stream: its source, its consumer, or the context it is bound to.
 *
 * <p>An adapter's subscriber extends this, reports what happens to it, and does what the answers say: it
 * knows its reactive library, this knows the rules. One int holds what is going on and who has won:
 *
 * <pre>
 *   JOINING    the source has not come with its subscription     cleared by joined()
 *   HELD       the consumer may not be told an end yet           cleared by release()
 *   CUTTING    the source is being cancelled for the context     cleared when that has returned
 *
 *   CUT        the context has ended the stream      } the first of the two wins, and from then on
 *   OVER       the source or the consumer has        } no element gets through
 * </pre>
 *
 * <p>and beside it, {@code emitting}: an element is on its way to the consumer.
 *
 * <p>What CUT began ends with {@link #tellCut}, when none of the three is left and nothing is on its way
 * (Reactive Streams §1.3, §1.7). So the end is decided first, the source is cancelled after that, and the
 * consumer is told last. Where the source never came, the consumer is told at once. Each transition is one
 * compare-and-set; foreign code is called after it.
 *
 * <p><b>Emitting costs one fence, not two.</b> Only the source's thread writes {@code emitting}: true, a
 * volatile write, before it looks at the bits; false, a mere release, before it looks again.
 * <ul>
 *   <li><i>Never beside an element.</i> Write and look here, CUT and look there: these are four volatile
 *       accesses, so that at least one of the two sees the other. Either the element is dropped, or who wants
 *       to tell finds {@code emitting} and leaves it to the thread that takes it back.
 *   <li><i>Told once.</i> Whoever tells has put OVER to CUT.
 *   <li><i>Never lost.</i> A release does not wait to be seen. So the source's thread may have looked too
 *       early to find CUT, and yet not be seen to have finished; then each leaves it to the other. Therefore
 *       who leaves it looks again: a moment long at once, which is longer than a store takes in practice,
 *       and then by the system's timer at growing intervals until it is told. What is written is seen at
 *       some time, so one of the looks finds it.
 * </ul>
 * <p>Both are under attack by the races of {@code stress} that begin with Bind.
 */
public abstract class StreamEnd extends DoneListener {
  private static final VarHandle BITS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "bits", VarHandle.class, StreamEnd.class, int.class);
  private static final VarHandle EMITTING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "emitting", VarHandle.class, StreamEnd.class, boolean.class);

  private static final int JOINING = 1;
  private static final int HELD = 1 << 1;
  private static final int CUTTING = 1 << 2;
  private static final int CUT = 1 << 3;
  private static final int OVER = 1 << 4;
  private static final int ENDED = CUT | OVER;

  /** Looks at once before the timer is asked to. */
  private static final int LOOKS = 64;

  private static final Duration FIRST_LOOK = Duration.ofMillis(1);
  private static final Duration LAST_LOOK = Duration.ofSeconds(1);

  /** Read and written as volatile but here, where nobody else has this yet: that spares each stream a fence. */
  @SuppressWarnings("UnusedVariable") // by BITS
  private int bits = JOINING | HELD;

  private volatile boolean emitting;
  private @Nullable CtxException err; // written before CUT is set, read after
  private volatile Ctx.@Nullable Registration look;

  /** For subclasses, which then {@link #listen}: false means that the stream has ended before it began. */
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

  /** Cancels the source; called at most once, on the thread that makes the context done. */
  protected abstract void cancelSource();

  /**
   * Tells the consumer that the context has ended the stream; called at most once, and last.
   *
   * @param err shared: to be copied
   * @param joined false: the source has not come with its subscription, so the consumer has none
   */
  protected abstract void tellCut(CtxException err, boolean joined);

  /**
   * The source has come with its subscription, which was stored where {@link #cancelSource} finds it.
   *
   * @return false: the context was first, and the consumer is told; cancel the subscription
   */
  protected final boolean joined() {
    return ((int) BITS.getAndBitwiseAnd(this, ~JOINING) & ENDED) == 0;
  }

  /** The consumer's onSubscribe has returned, or its first request has come. */
  protected final void release() {
    if ((bits() & HELD) != 0) {
      clear(HELD);
    }
  }

  /** An element has come; called by the source, serially. */
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

  /** The consumer has taken the element of an outer emission. */
  protected final void emitted() {
    EMITTING.setRelease(this, false);
    if (bits() == CUT) {
      tell(true);
    }
  }

  /**
   * The source has completed or failed.
   *
   * @return true: so it is, tell the consumer; false: the stream had ended before
   */
  protected final boolean sourceEnded() {
    boolean first = (set(OVER, ENDED) & ENDED) == 0;
    if (first) {
      unlisten();
    }
    return first;
  }

  /**
   * The consumer has cancelled: it is told nothing from here on.
   *
   * @return true: cancel the source; false: the stream had ended before
   */
  protected final boolean consumerCancelled() {
    boolean first = (set(OVER, OVER) & ENDED) == 0;
    if (first) {
      unlisten();
    }
    return first;
  }

  /** Whether the context has ended the stream: what a fused queue still holds is to be dropped. */
  protected final boolean isCut() {
    return (bits() & CUT) != 0;
  }

  /** Whether the end is decided, by whomever. A fused queue may still hold elements of an ended source. */
  protected final boolean hasEnded() {
    return (bits() & ENDED) != 0;
  }

  @Override
  protected final void onDone(CtxException err) {
    this.err = err;
    int witness = set(CUT | CUTTING, ENDED);
    if ((witness & ENDED) != 0) {
      return;
    }
    if ((witness & JOINING) != 0) { // nothing to cancel, and nobody else to wait for
      tell(false);
      return;
    }
    try {
      cancelSource();
    } finally {
      clear(CUTTING);
    }
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
    if (((int) BITS.getAndBitwiseAnd(this, ~bit) & ~bit) == CUT) {
      for (int i = 0; emitting && i < LOOKS; i++) {
        Thread.onSpinWait();
      }
      look(FIRST_LOOK);
    }
  }

  /** Tells the end, if it is not told and no element is on its way, or looks again later. */
  private void look(Duration next) {
    if (!emitting) {
      tell(true);
    } else if (bits() == CUT) {
      Duration longer = next.compareTo(LAST_LOOK) < 0 ? next.multipliedBy(2) : next;
      look = TimeSource.system().schedule(() -> look(longer), next);
      if (bits() != CUT) {
        lookNoMore();
      }
    }
  }

  private void lookNoMore() {
    Ctx.Registration look = this.look;
    if (look != null) {
      look.unregister();
    }
  }

  private void tell(boolean joined) {
    if ((set(OVER, OVER) & OVER) == 0) {
      lookNoMore();
      tellCut(requireNonNull(err), joined);
    }
  }
}

package io.ctx4j.spi;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 *   EMITTING   an element is on its way to the consumer          cleared by emitted()
 *   CUTTING    the source is being cancelled for the context     cleared when that has returned
 *
 *   CUT        the context has ended the stream      } the first of the two wins, and from then on
 *   OVER       the source or the consumer has        } no element gets through
 * </pre>
 *
 * <p>What CUT began ends with {@link #tellCut}, when none of the four is left: whoever clears the last
 * one calls it. As none of them is set any more once CUT is, that is one thread, and nothing else is on
 * its way to the consumer (Reactive Streams §1.3, §1.7). So the end is decided first, the source is
 * cancelled after that, and the consumer is told last. Where the source never came, the consumer is told
 * at once. Each transition is one compare-and-set; foreign code is called after it.
 */
public abstract class StreamEnd extends DoneListener {
  private static final VarHandle BITS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "bits", VarHandle.class, StreamEnd.class, int.class);

  private static final int JOINING = 1;
  private static final int HELD = 1 << 1;
  private static final int EMITTING = 1 << 2;
  private static final int CUTTING = 1 << 3;
  private static final int CUT = 1 << 4;
  private static final int OVER = 1 << 5;
  private static final int ENDED = CUT | OVER;

  private volatile int bits = JOINING | HELD;
  private @Nullable CtxException err; // written before CUT is set, read after

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
    if ((bits & HELD) != 0) {
      clear(HELD);
    }
  }

  /** An element has come. */
  protected final Emission emitting() {
    int witness = set(EMITTING, ENDED | EMITTING);
    if ((witness & ENDED) != 0) {
      return Emission.NONE;
    }
    return (witness & EMITTING) == 0 ? Emission.OUTER : Emission.NESTED;
  }

  /** The consumer has taken the element of an outer emission. */
  protected final void emitted() {
    clear(EMITTING);
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
    return (bits & CUT) != 0;
  }

  /** Whether the end is decided, by whomever. A fused queue may still hold elements of an ended source. */
  protected final boolean hasEnded() {
    return (bits & ENDED) != 0;
  }

  @Override
  protected final void onDone(CtxException err) {
    this.err = err;
    int witness = set(CUT | CUTTING, ENDED);
    if ((witness & ENDED) != 0) {
      return;
    }
    if ((witness & JOINING) != 0) { // nothing to cancel, and nobody else to wait for
      tell(err, false);
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
      int witness = bits;
      if ((witness & unless) != 0 || BITS.compareAndSet(this, witness, witness | on)) {
        return witness;
      }
    }
  }

  private void clear(int bit) {
    if (((int) BITS.getAndBitwiseAnd(this, ~bit) & ~bit) == CUT) {
      tell(requireNonNull(err), true);
    }
  }

  private void tell(CtxException err, boolean joined) {
    if ((set(OVER, OVER) & OVER) == 0) {
      tellCut(err, joined);
    }
  }
}

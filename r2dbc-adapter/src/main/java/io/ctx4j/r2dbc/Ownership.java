package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Whose a connection is: under which Ctx it was acquired, and by whom it was lost.
 *
 * <p>A pool above takes back, without a word to what stands below, what is canceled while it hands
 * it out (r2dbc-pool's {@code discardOnCancel}). Who was canceled may have the connection all the
 * same, and does what everybody does who is canceled: rolls back and closes. By then that would hit
 * the next owner's transaction, and nothing tells the two apart who have one Ctx, or none.
 *
 * <pre>
 *   handed back ──► handed out ──► in use
 *        ▲              │            │ taken back without a word: it has two owners for now,
 *        └──────────────┴────────────┘ so who comes next, waits
 * </pre>
 *
 * <p>All of it under the session's lock, but for what says otherwise.
 */
final class Ownership {
  private final AtomicInteger answering = new AtomicInteger();
  private Ctx owner = Ctx.background();
  private @Nullable Ctx formerOwner;
  private boolean handedBack = true;
  private boolean handedOut;
  private volatile boolean inUse;
  private @Nullable TakeOver next;

  void acquiredBy(Ctx ctx) {
    formerOwner = handedBack ? null : owner;
    handedBack = false;
    owner = ctx;
  }

  /** By a pool above. */
  void handedOutTo(Ctx ctx) {
    acquiredBy(ctx);
    handedOut = true;
    inUse = false;
  }

  void handedBack() {
    handedBack = true;
    handedOut = false;
    formerOwner = null;
    owner = Ctx.background();
  }

  Ctx owner() {
    return owner;
  }

  /**
   * Whether a call comes from an owner that a pool has taken this from: one whose subscription was
   * canceled while the pool handed it out.
   */
  boolean isFormer(Ctx ctx) {
    return ctx == formerOwner && ctx != owner && ctx.isDone();
  }

  // ---- two owners

  /** A pool hands the connection out, and so to nobody any more to whom it has wanted to before. */
  void comesNext(TakeOver next) {
    this.next = next;
  }

  boolean isNext(TakeOver who) {
    return next == who;
  }

  /** Something is asked of the connection. No lock is needed. */
  void used() {
    if (!inUse) {
      inUse = true;
    }
  }

  /** Signals an answer, with which the connection may be handed out. No lock is held. */
  void answer(Runnable signal) {
    answering.incrementAndGet();
    try {
      signal.run();
    } finally {
      answering.decrementAndGet();
    }
  }

  /** Whether somebody may have the connection who has not handed it back. */
  boolean isTaken() {
    return handedOut && (inUse || isAnswering());
  }

  /** Whether somebody may be getting the connection right now. */
  boolean isAnswering() {
    return answering.get() > 0;
  }
}

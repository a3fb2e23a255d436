package io.ctx4j.r2dbc;

import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.r2dbc.spi.R2dbcRollbackException;
import org.jspecify.annotations.Nullable;

/**
 * A transaction, from its BEGIN to its end; as in Go it ends with the context under which it began.
 *
 * <pre>
 *   BEGINNING ──► OPEN ──► ENDING            by its owner's commit or rollback
 *       │          │
 *       └──────────┴─────► ROLLED_BACK       by us: its context is done, or whoever asked for it has left;
 *                                            until its owner takes note, statements are refused
 * </pre>
 *
 * <p>A context that is <i>closed</i> is the end of a scope and not an abort: it may have been the
 * scope of the BEGIN alone, so the transaction stays. All of this is decided under the session's
 * lock.
 */
final class Transaction extends DoneListener {
  private enum State {
    BEGINNING,
    OPEN,
    ENDING,
    ROLLED_BACK
  }

  private final Session session;
  private final Ctx ctx;
  private State state = State.BEGINNING;
  private @Nullable CtxException err;
  private boolean endedByPool;

  /**
   * Makes one.
   *
   * @param endedByPool whether a pool above knows of it, and rolls it back before it takes the
   *     connection back, unless its owner has asked for the end
   */
  Transaction(Session session, Ctx ctx, boolean endedByPool) {
    this.session = session;
    this.ctx = ctx;
    this.endedByPool = endedByPool;
  }

  /** From here on the context's end is this one's. No lock is held. */
  void watch() {
    if (!listen(ctx)) {
      CtxException err = ctx.err();
      if (err != null) {
        onDone(err);
      }
    }
  }

  @Override
  protected void onDone(CtxException err) {
    if (err instanceof CanceledException canceled && canceled.isClosed()) {
      return;
    }
    synchronized (session.lock) {
      if (session.transaction() != this || session.isClosed()) {
        return;
      }
      if (state == State.BEGINNING) {
        this.err = err; // begun() sees to the rest
        return;
      }
      if (state != State.OPEN) {
        return;
      }
      this.err = err;
      rollBack();
    }
    session.proceed();
  }

  /**
   * BEGIN was answered; the lock is held.
   *
   * @param owned false: whoever asked for it has left
   * @return why it is rolled back; null: it is its owner's
   */
  @Nullable Throwable begun(boolean owned) {
    if (owned && err == null) {
      state = State.OPEN;
      return null;
    }
    rollBack();
    return why();
  }

  private void rollBack() {
    state = State.ROLLED_BACK;
    unlisten();
    session.enterFirst(new Undo(session, this));
  }

  /** Its owner asks for its end, which may never come to be its turn; the lock is held. */
  void endIsAsked() {
    endedByPool = false;
  }

  /** Whether a pool above would have ended it if it took the connection back; the lock is held. */
  boolean isEndedByPool() {
    return endedByPool && !isRolledBack();
  }

  /** Its owner ends it; the lock is held. */
  void ending() {
    state = State.ENDING;
  }

  /** The lock is held. */
  boolean isRolledBack() {
    return state == State.ROLLED_BACK;
  }

  /** The end of its context, whether or not that was noticed here yet; null: none that counts. */
  @Nullable CtxException cutBy() {
    CtxException done = err != null ? err : ctx.err();
    return done instanceof CanceledException canceled && canceled.isClosed() ? null : done;
  }

  /** What its owner is told once it is rolled back; the lock is held. */
  Throwable why() {
    CtxException why = cutBy();
    return why != null
        ? why.copy()
        : new R2dbcRollbackException("Rolled back: whoever asked for the transaction has left");
  }

  /** Whether its owner has not taken note by now that it was rolled back; the lock is held. */
  boolean isForgotten() {
    return isRolledBack() && session.transaction() == this && !session.isClosed();
  }

  /** It is over, or not its context's any more. */
  void unwatch() {
    unlisten();
  }
}

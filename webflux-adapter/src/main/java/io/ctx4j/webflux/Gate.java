package io.ctx4j.webflux;

import io.ctx4j.CtxException;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a response becomes: the handler's, the filter's, or none.
 *
 * <p>The handler's first byte, the end of the handler, the end of the context (a deadline, the
 * service's stop) and the client that leaves come on threads of their own, at once if they like.
 * The first of them that matters takes the gate, and the others find it taken:
 *
 * <pre>
 *           handler's first byte              handler ends, client leaves
 *   OPEN ───────────────────────▶ COMMITTED ──────────────────────────────▶ TERMINATED
 *    │ ▲ │                            │                                       ▲
 *    │ │ └─ handler ends, client leaves───────────────────────────────────────┘
 *    │ │                              │
 *    │ └▶ PREPARING, as OPEN          │ context ends, and there are parts to come
 *    │                                │
 *    │ context ends                   │
 *    ▼                                ▼
 *   REFUSED ─────▶ ANSWERED ───────▶ ABORTED
 *      filter writes 504, 503    │    that cannot be delivered
 *                                └─▶ TERMINATED: it has been
 * </pre>
 *
 * <p>OPEN and PREPARING are the only states in which the handler's headers get through, under the
 * monitor that every change of state takes: from REFUSED on, a handler that is still running
 * changes nothing that the filter sends. The gate is taken before the server's response is told to
 * commit, whose own commit cannot be taken back: to cancel it between its two steps gives an empty
 * 200. While commit actions run, which may wait for a session store that does not answer, the gate
 * is PREPARING: not taken yet, but the server's response is under way and must not be touched by
 * anybody else ({@link #isPrepared}). Two kinds of body stay COMMITTED when the context ends: one
 * that is WHOLE is on its way, and to close the channel under it loses its buffer (reactor-netty
 * holds it until then, and nobody after that); a STREAM of events ends by itself, and cleanly
 * ({@link GatedResponse}). They are ABORTED if they cannot.
 *
 * <p>Each method is one transition; its effects are the caller's business, after it.
 */
final class Gate {
  /** Who holds the gate. */
  enum State {
    OPEN,
    /** The server's response runs its commit actions for the handler. */
    PREPARING,
    COMMITTED,
    REFUSED,
    ANSWERED,
    ABORTED,
    TERMINATED
  }

  /** What the handler has begun. */
  enum Body {
    /** One part, or none: with its beginning it has left the handler. */
    WHOLE,
    PARTS,
    /** Of events: it may stop after any of them. */
    STREAM
  }

  // changed with the monitor held
  private State state = State.OPEN;
  private boolean takingBack;
  private boolean handlerOver;
  private volatile boolean bodyKept;
  private volatile @Nullable Body body;
  private volatile boolean refused;
  private volatile boolean prepared;

  /**
   * Whose changes get through although the gate is refused: it runs the commit actions of the
   * answer.
   */
  private volatile @Nullable Thread answering;

  private volatile @Nullable CtxException reason;

  /**
   * The handler is about to have its commit actions run.
   *
   * @return false: the handler is late, and must not touch the server's response
   */
  synchronized boolean prepare() {
    if (state == State.OPEN) {
      state = State.PREPARING;
    }
    return state == State.PREPARING || state == State.COMMITTED;
  }

  /**
   * The commit actions have run, and the server's response is about to be taken back from them.
   *
   * @return false: the context was first, and the response must not be touched
   */
  synchronized boolean takeBack() {
    if (state != State.PREPARING) {
      return false;
    }
    state = State.OPEN;
    takingBack = true;
    return true;
  }

  /**
   * The server's response has been taken back, or its commit actions have failed: it can be written
   * to again.
   *
   * @return true: the context has ended meanwhile, and the caller is to see to the answer
   */
  synchronized boolean takenBack() {
    boolean meanwhile = takingBack && state == State.REFUSED;
    takingBack = false;
    if (state == State.PREPARING) {
      state = State.OPEN;
    }
    return meanwhile;
  }

  /**
   * The handler has its first byte, or its end without one.
   *
   * @return false: the handler is late, and must not touch the server's response
   */
  synchronized boolean commit(Body begun) {
    if (isOpen()) {
      state = State.COMMITTED;
      body = begun;
    }
    return state == State.COMMITTED;
  }

  /**
   * The context has ended.
   *
   * @return true: the handler's response will never be
   */
  synchronized boolean refuse(CtxException err) {
    if (!isOpen()) {
      return false;
    }
    prepared = state == State.PREPARING;
    state = State.REFUSED;
    refused = true;
    reason = err;
    return true;
  }

  /**
   * What the handler has begun has ended with the context before any of it was sent.
   *
   * @return true: it will never be
   */
  synchronized boolean revoke(CtxException err) {
    if (state != State.COMMITTED) {
      return false;
    }
    state = State.REFUSED;
    refused = true;
    reason = err;
    body = null;
    return true;
  }

  /** Whether the caller is to write the response that takes the place of the handler's. */
  synchronized boolean answer() {
    if (state != State.REFUSED || takingBack) {
      return false;
    }
    state = State.ANSWERED;
    return true;
  }

  /**
   * The context has ended, and what the handler has begun cannot be finished.
   *
   * @return true: see to it that the client notices
   */
  synchronized boolean abort(CtxException err) {
    return state == State.COMMITTED && aborts(err);
  }

  /**
   * What was to follow the end of the context has taken too long: the handler's rest, or the
   * answer.
   *
   * @return true: see to it that the client notices
   */
  synchronized boolean giveUp(CtxException err) {
    return (state == State.COMMITTED || state == State.ANSWERED) && aborts(err);
  }

  private boolean aborts(CtxException err) {
    state = State.ABORTED;
    if (reason == null) {
      reason = err;
    }
    return true;
  }

  /** The context has ended an event stream, which is going to end by itself. */
  synchronized void streamEnds(CtxException err) {
    if (reason == null) {
      reason = err;
    }
  }

  /**
   * The handler has ended.
   *
   * @return the state before: if the context was first that stays
   */
  synchronized State handlerEnds() {
    State before = state;
    if (isOpen() || before == State.COMMITTED) {
      state = State.TERMINATED;
    }
    return before;
  }

  /** The handler has handed over a body that is going to be read by whoever likes. */
  synchronized void keepBody() {
    bodyKept = true;
  }

  /**
   * Whether there is one that has not been read; few responses have any, and the others are spared
   * a monitor.
   */
  boolean isBodyKept() {
    return bodyKept;
  }

  /**
   * That has been read, or will not be.
   *
   * @return true: the handler has ended, too
   */
  synchronized boolean bodyOver() {
    bodyKept = false;
    return handlerOver;
  }

  /**
   * The handler has ended, and what was to be written after it has been.
   *
   * @return true: a body is still to be read
   */
  synchronized boolean handlerOver() {
    handlerOver = true;
    return bodyKept;
  }

  /** The exchange has ended; REFUSED and ABORTED stay, as the context was first. */
  void end() {
    if (state != State.TERMINATED) { // which is the last: a plain look decides
      close();
    }
  }

  private synchronized void close() {
    if (state != State.REFUSED && state != State.ABORTED) {
      state = State.TERMINATED;
    }
  }

  private boolean isOpen() {
    return state == State.OPEN || state == State.PREPARING;
  }

  /** Lets the changes of this thread through until it says {@link #answered}. */
  void answering() {
    answering = Thread.currentThread();
  }

  void answered() {
    answering = null;
  }

  /**
   * Whether it was refused while the handler's commit actions ran: then the server's response may
   * be stuck in these.
   */
  boolean isPrepared() {
    return prepared;
  }

  /**
   * Whether the response is the filter's: it stays so when the exchange is over, since a server may
   * still be about to send the headers when it says that it has.
   *
   * <p>Who changes what the handler will send asks {@link #isClosed} with the gate's monitor held,
   * and changes it in the same hold.
   */
  boolean isRefused() {
    return refused;
  }

  /** Whether what this thread changes is lost. */
  boolean isClosed() {
    return refused && answering != Thread.currentThread();
  }

  /** What the handler has begun; null: nothing. */
  @Nullable Body body() {
    return body;
  }

  /** Whether the handler's response has begun. */
  boolean isCommitted() {
    return body != null;
  }

  /** How the context ended, if that is what ended the exchange. */
  @Nullable CtxException reason() {
    return reason;
  }
}

package io.ctx4j.webflux;

import io.ctx4j.CtxException;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a response becomes: the handler's, the filter's, or none.
 *
 * <p>The handler's first byte, the end of the handler, the end of the context (a deadline, the service's
 * stop) and the client that leaves come on threads of their own, at once if they like. The first of them
 * that matters takes the gate, and the others find it taken:
 *
 * <pre>
 *           handler's first byte              handler ends, client leaves
 *   OPEN ───────────────────────▶ COMMITTED ──────────────────────────────▶ OVER
 *    │ │                              │                                       ▲
 *    │ └── handler ends, client leaves│───────────────────────────────────────┘
 *    │                                │
 *    │ context ends                   │ context ends, and there are parts to come
 *    ▼                                ▼
 *   REFUSED ─────▶ ANSWERED ───────▶ ABORTED
 *      filter writes 504, 503    │    that cannot be delivered
 *                                └─▶ OVER: it has been
 * </pre>
 *
 * <p>OPEN is the only state in which the handler's headers get through, under the monitor that every change of
 * state takes: from REFUSED on, a handler that is still running changes nothing that the filter sends. The
 * gate is taken before the server's response is told to commit, whose own commit cannot be taken back: to
 * cancel it between its two steps gives an empty 200. Two kinds of body stay COMMITTED when the context ends:
 * one that is WHOLE is on its way, and to close the channel under it loses its buffer (reactor-netty holds it
 * until then, and nobody after that); a STREAM of events ends by itself, and cleanly ({@link GatedResponse}).
 * They are ABORTED if they cannot.
 *
 * <p>Each method is one transition; its effects are the caller's business, after it.
 */
final class Gate {
  /** Who holds the gate. */
  enum State {
    OPEN,
    COMMITTED,
    REFUSED,
    ANSWERED,
    ABORTED,
    OVER
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
  private volatile @Nullable Body body;
  private volatile boolean refused;
  private volatile @Nullable CtxException reason;

  /**
   * The handler has its first byte, or its end without one.
   *
   * @return false: the handler is late, and must not touch the server's response
   */
  synchronized boolean commit(Body begun) {
    if (state == State.OPEN) {
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
    if (state != State.OPEN) {
      return false;
    }
    state = State.REFUSED;
    refused = true;
    reason = err;
    return true;
  }

  /** Whether the caller is to write the response that takes the place of the handler's. */
  synchronized boolean answer() {
    if (state != State.REFUSED) {
      return false;
    }
    state = State.ANSWERED;
    return true;
  }

  /**
   * The context has ended, and what has begun cannot be finished.
   *
   * @return true: see to it that the client notices
   */
  synchronized boolean abort(CtxException err) {
    if (state != State.COMMITTED && state != State.ANSWERED) {
      return false;
    }
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
   * The handler has ended, or the client has left.
   *
   * @return the state before: REFUSED and ABORTED stay, as the context was first
   */
  synchronized State end() {
    State before = state;
    if (before != State.REFUSED && before != State.ABORTED) {
      state = State.OVER;
    }
    return before;
  }

  /**
   * Whether the response is the filter's: it stays so when the exchange is over, since a server may still be
   * about to send the headers when it says that it has.
   *
   * <p>Who changes what the handler will send asks this with the gate's monitor held, and changes it in the same hold.
   */
  boolean isRefused() {
    return refused;
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

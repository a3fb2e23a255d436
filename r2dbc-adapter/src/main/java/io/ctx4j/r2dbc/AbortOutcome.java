package io.ctx4j.r2dbc;

/** How it went to have a statement ended in the database whose context was done. */
public enum AbortOutcome {
  /** The connection has answered, after one message at most. */
  ANSWERED,
  /** It has answered once it was asked again: the first message came before the statement. */
  ASKED_AGAIN,
  /** It has not answered in time and was closed. */
  CLOSED
}

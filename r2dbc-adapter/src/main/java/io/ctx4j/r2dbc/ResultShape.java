package io.ctx4j.r2dbc;

/** How a driver's results hang together: which stream's end says that the database has answered. */
enum ResultShape {
  /**
   * Results are windows of one stream: it is sent once the stream of results is subscribed to,
   * whose end is the answer; results have to be consumed for that, and what is left of one may wait
   * there for its reader.
   */
  WINDOWS,
  /** The same, in parts that are asked for one after the other, until the driver is canceled. */
  CURSOR,
  /**
   * A result is sent when it is subscribed to, and its end is the answer; to cancel the stream of
   * results keeps further ones from being sent.
   */
  COLD,
  /** The same, in parts that are asked for one after the other, until the driver is canceled. */
  COLD_CURSORS,
  /** The driver ends what is canceled at it, and queues what is asked after that behind it. */
  CANCELED_BY_DRIVER,
  /** Nothing is known: all streams have to end. */
  UNKNOWN;

  boolean windows() {
    return this == WINDOWS || this == CURSOR;
  }

  /** Whether a stream that nobody wants any more is canceled at the driver, and not drained. */
  boolean stopsByCancel(boolean outer) {
    return this == CANCELED_BY_DRIVER || (outer && (this == COLD || this == COLD_CURSORS));
  }

  /**
   * Whether to read to the end what has given something, and nobody wants any more, may take far
   * longer than to cancel it.
   */
  boolean mayGoOn() {
    return this == CURSOR || this == COLD_CURSORS || this == UNKNOWN;
  }
}

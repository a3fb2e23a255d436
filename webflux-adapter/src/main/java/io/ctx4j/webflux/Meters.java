package io.ctx4j.webflux;

/** What is counted, wherever it is counted. */
interface Meters {
  Meters NONE = new Meters() {};

  default void ended(Ending ending, boolean committed, long nanos) {}

  /**
   * A header could not be read.
   *
   * @param header its name as it is configured, never as a request has it
   */
  default void malformed(String header) {}

  /** A call was not made, as its context was done. */
  default void skipped() {}
}

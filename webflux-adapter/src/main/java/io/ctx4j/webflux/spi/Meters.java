package io.ctx4j.webflux.spi;

import java.util.List;

/** What is counted, wherever it is counted. */
public interface Meters {
  /** Counts nothing. */
  Meters NONE = new Meters() {};

  /**
   * An exchange has ended.
   *
   * @param committed whether its response had begun
   * @param nanos since the filter
   */
  default void ended(Outcome outcome, boolean committed, long nanos) {}

  /**
   * A filter is made that reads these headers, so that they can be {@link #malformed}.
   *
   * @param names as they are configured
   */
  default void headers(List<String> names) {}

  /**
   * A header could not be read.
   *
   * @param header its name as it is configured, never as a request has it
   */
  default void malformed(String header) {}

  /** A call was not made, as its context was done. */
  default void skipped() {}
}

package io.ctx4j.webflux;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long an exchange may take.
 *
 * @param timeout until its response is committed, and unless that is an event stream, until it has ended;
 *     null: as long as it likes
 * @param stream how long an event stream may take: what was asked for it, never a default
 */
record Budget(@Nullable Duration timeout, @Nullable Duration stream, Source source) {

  /** Where the timeout came from. */
  enum Source {
    HEADER,
    ROUTE,
    DEFAULT,
    MAXIMUM,
    NONE
  }

  /** That of a request to become a WebSocket. */
  Budget untilUpgraded() {
    return new Budget(timeout, null, source);
  }

  /** Two that are read from the same setting are the same object. */
  @SuppressWarnings("ReferenceEquality")
  boolean sameForStreams() {
    return timeout == stream;
  }
}

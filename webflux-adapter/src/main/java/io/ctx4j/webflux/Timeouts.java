package io.ctx4j.webflux;

import io.ctx4j.webflux.spi.LiveExchange.Source;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long an exchange may take.
 *
 * @param timeout until its response is committed, and unless that is an event stream, until it has ended;
 *     null: as long as it likes
 * @param stream how long an event stream may take: what was asked for it, never a default
 * @param source where the timeout came from
 */
record Timeouts(@Nullable Duration timeout, @Nullable Duration stream, Source source) {

  /** That of a request to become a WebSocket. */
  Timeouts untilUpgraded() {
    return new Timeouts(timeout, null, source);
  }

  /** Two that are read from the same setting are the same object. */
  @SuppressWarnings("ReferenceEquality")
  boolean sameForStreams() {
    return timeout == stream;
  }
}

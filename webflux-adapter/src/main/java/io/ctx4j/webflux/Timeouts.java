package io.ctx4j.webflux;

import io.ctx4j.webflux.spi.LiveExchange.Source;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long an exchange may take, from the filter on: as any response, or as an event stream that is
 * declared.
 *
 * @param response of any response
 * @param opening of an event stream, until its first element
 * @param stream of an event stream, from its first element on
 * @param declared whether the route declares its event streams, whoever produces them
 */
record Timeouts(Limit response, Limit opening, Limit stream, boolean declared) {

  /**
   * One of them.
   *
   * @param timeout null: as long as it likes
   * @param source where it came from
   */
  record Limit(@Nullable Duration timeout, Source source) {
    static final Limit NONE = new Limit(null, Source.NONE);

    static Limit of(@Nullable Duration timeout, Source source) {
      return timeout == null ? NONE : new Limit(timeout, source);
    }

    Limit atMost(@Nullable Duration max) {
      return timeout == null || max == null || timeout.compareTo(max) <= 0
          ? this
          : new Limit(max, source);
    }
  }
}

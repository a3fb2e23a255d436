package io.ctx4j.webflux.spi;

import io.ctx4j.Ctx;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** An exchange in flight, as it is now. */
public interface LiveExchange {

  /** Where a deadline came from. */
  enum Source {
    /** The request asked for it. */
    HEADER,
    /** Its route's. */
    ROUTE,
    /** That of requests that have no other. */
    DEFAULT,
    /** What no request may exceed. */
    MAXIMUM,
    /** There is no deadline. */
    NONE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** What a report calls it. */
    public String label() {
      return label;
    }
  }

  /** The exchange itself, whose attributes have its route. */
  ServerWebExchange exchange();

  /** Milliseconds since the filter. */
  long ageMillis();

  /** Milliseconds until the deadline that counts now; null: none. */
  @Nullable Long leftMillis();

  /** Where that deadline came from. */
  Source source();

  /** Its own contexts, as far as they are live; all others of the exchange are below them. */
  List<Ctx> own();

  /**
   * Ends it, if its response is an event stream: as if that had come to its end, or instead of it,
   * if that is expected and has not begun.
   */
  void endStream(Throwable cause);
}

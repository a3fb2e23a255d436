package io.ctx4j.webflux;

import io.ctx4j.webflux.CtxWebSettings.Route;
import io.ctx4j.webflux.spi.LiveExchange.Source;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;

/** Decides how long an exchange may take (W2): what it asks for, its route, the default, and the maximum. */
final class TimeoutPolicy {
  private final @Nullable Duration defaultTimeout;
  private final @Nullable Duration maxTimeout;
  private final List<Route> routes;

  TimeoutPolicy(CtxWebSettings settings) {
    defaultTimeout = settings.defaultTimeout;
    maxTimeout = settings.maxTimeout;
    routes = settings.routes;
  }

  /**
   * The timeouts of a request.
   *
   * @param asked by its headers; null: nothing
   */
  Timeouts of(@Nullable Duration asked, PathContainer path) {
    Route route = route(path);
    Duration usual = route == null ? defaultTimeout : route.timeout;
    if (asked != null) {
      Duration stream = earlier(asked, maxTimeout);
      return new Timeouts(
          earlier(stream, maxTimeout == null ? usual : null), stream, Source.HEADER);
    }
    if (route != null) {
      Duration timeout = usual == null ? null : earlier(usual, maxTimeout);
      return new Timeouts(timeout, timeout, timeout == null ? Source.NONE : Source.ROUTE);
    }
    if (usual != null) {
      return new Timeouts(earlier(usual, maxTimeout), null, Source.DEFAULT);
    }
    return new Timeouts(maxTimeout, null, maxTimeout == null ? Source.NONE : Source.MAXIMUM);
  }

  private @Nullable Route route(PathContainer path) {
    for (Route route : routes) {
      if (route.path.matches(path)) {
        return route;
      }
    }
    return null;
  }

  private static Duration earlier(Duration one, @Nullable Duration other) {
    return other == null || one.compareTo(other) <= 0 ? one : other;
  }
}

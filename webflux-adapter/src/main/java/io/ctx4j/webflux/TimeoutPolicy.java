package io.ctx4j.webflux;

import io.ctx4j.webflux.CtxWebSettings.Route;
import io.ctx4j.webflux.Timeouts.Limit;
import io.ctx4j.webflux.spi.LiveExchange.Source;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;

/**
 * Decides how long an exchange may take (W2): what it asks for, its route, the default, and the
 * maximum.
 */
final class TimeoutPolicy {
  private final List<Rule> routes;
  private final Rule others;

  TimeoutPolicy(CtxWebSettings settings) {
    others = new Rule(
        null,
        Limit.of(settings.defaultTimeout, Source.DEFAULT),
        false,
        settings.maxTimeout,
        Limit.of(settings.streamTimeout, Source.DEFAULT),
        false);
    routes = settings.routes.stream().map(route -> others.of(route)).toList();
  }

  /**
   * The timeouts of a request.
   *
   * @param asked by its headers; null: nothing
   */
  Timeouts of(@Nullable Duration asked, PathContainer path) {
    Rule rule = rule(path);
    return asked == null ? rule.unasked : rule.asked(asked);
  }

  private Rule rule(PathContainer path) {
    for (Rule route : routes) {
      if (route.path != null && route.path.matches(path)) {
        return route;
      }
    }
    return others;
  }

  /** What holds for a route, or for all that is none. */
  private static final class Rule {
    private final @Nullable PathPattern path;

    /** What holds without a header. */
    private final Limit usual;

    /** Whether that was set, if need be to none: then there is no maximum without a header. */
    private final boolean set;

    private final @Nullable Duration max;

    /** What holds of an event stream without a header, once it has begun. */
    private final Limit stream;

    private final boolean declared;
    private final Timeouts unasked;

    Rule(
        @Nullable PathPattern path,
        Limit usual,
        boolean none,
        @Nullable Duration max,
        Limit stream,
        boolean declared) {
      this.path = path;
      this.usual = usual;
      this.max = max;
      this.stream = stream;
      this.declared = declared;
      set = none || usual.timeout() != null;
      Limit response = set ? usual.atMost(max) : Limit.of(max, Source.MAXIMUM);
      unasked = new Timeouts(response, usual, stream, declared);
    }

    /** A route's, which has of this what it does not set itself. */
    Rule of(Route route) {
      boolean own = route.timeout != null || route.noTimeout;
      Limit limit = Limit.of(route.timeout, Source.ROUTE);
      return new Rule(
          route.path,
          own ? limit : usual,
          route.noTimeout,
          route.maxTimeout == null ? max : route.maxTimeout,
          own ? limit : stream,
          route.stream);
    }

    /**
     * A header is capped by the maximum, or else by what holds without it; until an event stream
     * begins, by both.
     */
    Timeouts asked(Duration asked) {
      Limit header = new Limit(asked, Source.HEADER).atMost(max);
      return new Timeouts(
          max == null ? header.atMost(usual.timeout()) : header,
          header.atMost(usual.timeout()),
          max == null ? header.atMost(stream.timeout()) : header,
          declared);
    }
  }
}

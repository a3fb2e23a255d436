package io.ctx4j.boot;

import static java.util.Objects.requireNonNull;

import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.CtxWebSettings.Malformed;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;

/**
 * The settings under {@code ctx4j.web}.
 *
 * @param enabled Whether each exchange gets a context, and calls made with WebClient end with it.
 * @param mode What a deadline does. In mode observe nothing is cut or sent on, and what would have
 *     been cut is counted.
 * @param defaultTimeout Default timeout of requests without a timeout header and without one of
 *     their route. None if unset.
 * @param maxTimeout Maximum of what a timeout header can ask for, and the timeout of requests that
 *     have no other; event streams without a header have none. Unless set, a header can only
 *     shorten what holds without it.
 * @param streamTimeout Default timeout of event streams that have begun, in place of the default
 *     timeout, which counts until then. None if unset.
 * @param requestHeaders Names of the headers in which a request can ask for a timeout; the earliest
 *     counts. Empty for none. Values are milliseconds, but for grpc-timeout; 0 in a name that
 *     begins with x-envoy- means none.
 * @param malformedDeadline What happens to a request with a malformed header of these. It is
 *     counted in either case.
 * @param errorRendering Who writes the response of a request that was cut.
 * @param shutdown What happens to the requests in flight as the server's grace period begins. What
 *     is left when it is over is cut in any case, and answered with 503.
 * @param routes Timeouts of routes. The first that matches counts.
 * @param client Calls made with WebClient.
 */
@ConfigurationProperties("ctx4j.web")
record CtxWebProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("enforce") Mode mode,
    @Nullable Duration defaultTimeout,
    @Nullable Duration maxTimeout,
    @Nullable Duration streamTimeout,

    @DefaultValue({"X-Request-Timeout-Ms", "x-envoy-expected-rq-timeout-ms", "grpc-timeout"})
    List<String> requestHeaders,

    @DefaultValue("ignore") Malformed malformedDeadline,
    @DefaultValue("problem") ErrorRendering errorRendering,
    @DefaultValue("graceful") Shutdown shutdown,
    @DefaultValue List<Route> routes,
    @DefaultValue Client client) {

  /** Copies the lists. */
  CtxWebProperties {
    requestHeaders = List.copyOf(requestHeaders);
    routes = List.copyOf(routes);
  }

  /** What of them concerns the filter. */
  CtxWebSettings settings() {
    CtxWebSettings.Builder settings = CtxWebSettings.builder()
        .mode(mode)
        .defaultTimeout(defaultTimeout)
        .maxTimeout(maxTimeout)
        .streamTimeout(streamTimeout)
        .requestHeaders(requestHeaders)
        .malformedDeadline(malformedDeadline)
        .errorRendering(errorRendering);
    routes.forEach(route -> settings.route(route.path(), route::set));
    return settings.build();
  }

  /** What happens as the server's grace period begins. */
  enum Shutdown {
    /** Event streams and WebSockets end, so that they hold up nobody; all else has the grace. */
    GRACEFUL,
    /** All requests are cut. */
    IMMEDIATE,
    /** Nothing: event streams have the grace, too. */
    AFTER_GRACE
  }

  /**
   * The timeouts of a route.
   *
   * @param path Pattern of the path, as in a request mapping.
   * @param timeout Timeout of its requests, in place of the default one. "none" for none, also
   *     below a maximum.
   * @param maxTimeout Maximum of what a timeout header can ask for on this route, in place of the
   *     general one.
   * @param stream Whether event streams of this route are meant to be ones, whoever produces them.
   *     Needed by those that are proxied.
   */
  record Route(
      String path,
      @Nullable String timeout,
      @Nullable Duration maxTimeout,
      @DefaultValue("false") boolean stream) {
    /** Checks that there is a path. */
    Route {
      requireNonNull(path, "ctx4j.web.routes[].path");
    }

    private void set(CtxWebSettings.Route route) {
      String text = timeout == null ? "" : timeout.trim();
      if (text.toLowerCase(Locale.ROOT).equals("none")) {
        route.noTimeout();
      } else if (!text.isEmpty()) {
        route.timeout(duration(text));
      }
      if (maxTimeout != null) {
        route.maxTimeout(maxTimeout);
      }
      route.stream(stream);
    }

    /** As Boot reads one, which is not asked to: it may be "none". */
    private Duration duration(String text) {
      try {
        return DurationStyle.detectAndParse(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "ctx4j.web.routes[" + path + "].timeout is neither \"none\" nor a duration: " + text,
            e);
      }
    }
  }

  /**
   * Calls made with WebClient.
   *
   * @param enabled Whether calls of Boot's WebClient.Builder end with their caller's context.
   * @param hosts Names of the hosts that are told what is left of the deadline. Empty for all.
   */
  record Client(
      @DefaultValue("true") boolean enabled, @DefaultValue List<String> hosts) {
    /** Copies the list. */
    Client {
      hosts = List.copyOf(hosts);
    }
  }
}

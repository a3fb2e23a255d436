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
 * @param enabled Whether each exchange gets a context.
 * @param mode What a deadline does. In mode observe nothing is cut or sent on, and what would have been cut is
 *     counted.
 * @param defaultTimeout How long a request may take that asks for nothing. Without it, as long as it likes.
 * @param maxTimeout How long any request may take, whatever its headers or its route say. Unless set, a header can
 *     only shorten what counts without it.
 * @param requestHeaders Names of the headers in which a request can ask for a deadline; the earliest counts. Empty for
 *     none. Values are milliseconds, but for grpc-timeout; 0 in a name that begins with x-envoy- means none.
 * @param malformedDeadline What happens to a request with a malformed header of these. It is counted in either case.
 * @param errorRendering Who writes the response of a request that was cut.
 * @param shutdown When the requests in flight are cut as the service shuts down.
 * @param routes Timeouts of routes; the first that matches counts.
 * @param client Calls made with WebClient.
 */
@ConfigurationProperties("ctx4j.web")
record CtxWebProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("enforce") Mode mode,
    @Nullable Duration defaultTimeout,
    @Nullable Duration maxTimeout,

    @DefaultValue({"X-Request-Timeout-Ms", "x-envoy-expected-rq-timeout-ms", "grpc-timeout"})
    List<String> requestHeaders,

    @DefaultValue("ignore") Malformed malformedDeadline,
    @DefaultValue("problem") ErrorRendering errorRendering,
    @DefaultValue("after-grace") Shutdown shutdown,
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
        .requestHeaders(requestHeaders)
        .malformedDeadline(malformedDeadline)
        .errorRendering(errorRendering);
    routes.forEach(route -> settings.route(route.path(), route::set));
    return settings.build();
  }

  /** When the requests in flight are cut as the service shuts down. */
  enum Shutdown {
    /** When the server's grace period is over. */
    AFTER_GRACE,
    /** As it begins. */
    IMMEDIATE
  }

  /**
   * The timeout of a route.
   *
   * @param path Pattern of the path, as in a request mapping.
   * @param timeout How long its requests may take, or "none".
   */
  record Route(String path, String timeout) {
    /** Checks that both are there. */
    Route {
      requireNonNull(path, "ctx4j.web.routes[].path");
      requireNonNull(timeout, "ctx4j.web.routes[].timeout");
    }

    private void set(CtxWebSettings.Route route) {
      String text = timeout.trim();
      if (text.toLowerCase(Locale.ROOT).equals("none")) {
        route.noTimeout();
      } else {
        route.timeout(DurationStyle.detectAndParse(text));
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

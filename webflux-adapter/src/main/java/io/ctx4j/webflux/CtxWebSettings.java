package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/**
 * The settings of a {@link CtxWebFilter}: how long requests may take, and what happens then.
 *
 * <p>Spring Boot's properties {@code ctx4j.web.*} are these; what is said of a wrong one names the
 * property.
 */
public final class CtxWebSettings {
  /** What a deadline does. */
  public enum Mode {
    /** It ends the request. */
    ENFORCE,
    /** It is only counted. */
    OBSERVE
  }

  /** What happens to a request with a malformed header. */
  public enum Malformed {
    /** It counts as if the header were not there. */
    IGNORE,
    /** It is answered with 400. */
    REJECT
  }

  /** Who writes the response of a request that was cut. */
  public enum ErrorRendering {
    /** The filter itself: a problem detail (RFC 9457). */
    PROBLEM,
    /** The application's error handling, from a ResponseStatusException. */
    DELEGATE
  }

  /** The names that are read unless others are set. */
  private static final List<String> REQUEST_HEADERS =
      List.of(DeadlineHeader.OURS, "x-envoy-expected-rq-timeout-ms", "grpc-timeout");

  /** What the name of a header is made of (RFC 9110, 5.6.2). */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  final Mode mode;
  final @Nullable Duration defaultTimeout;
  final @Nullable Duration maxTimeout;
  final @Nullable Duration streamTimeout;
  final List<String> requestHeaders;
  final Malformed malformedDeadline;
  final ErrorRendering errorRendering;
  final List<Route> routes;

  private CtxWebSettings(Builder builder) {
    mode = builder.mode;
    defaultTimeout = builder.defaultTimeout;
    maxTimeout = builder.maxTimeout;
    streamTimeout = builder.streamTimeout;
    requestHeaders = builder.requestHeaders;
    malformedDeadline = builder.malformedDeadline;
    errorRendering = builder.errorRendering;
    routes = List.copyOf(builder.routes);
  }

  /** Returns a builder of settings that enforce what requests ask for, and nothing else. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a deadline does: in {@link Mode#OBSERVE} calls leave as they came, too. */
  public Mode mode() {
    return mode;
  }

  /** The names of the headers in which a request can ask for a deadline; cannot be changed. */
  public List<String> requestHeaders() {
    return requestHeaders;
  }

  private static @Nullable Duration positive(String name, @Nullable Duration timeout) {
    if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
      throw new IllegalArgumentException("ctx4j.web." + name + " is not positive: " + timeout);
    }
    return timeout;
  }

  /** Collects settings; each method sets its own and returns this. */
  public static final class Builder {
    private Mode mode = Mode.ENFORCE;
    private @Nullable Duration defaultTimeout;
    private @Nullable Duration maxTimeout;
    private @Nullable Duration streamTimeout;
    private List<String> requestHeaders = REQUEST_HEADERS;
    private Malformed malformedDeadline = Malformed.IGNORE;
    private ErrorRendering errorRendering = ErrorRendering.PROBLEM;
    private final List<Route> routes = new ArrayList<>();

    private Builder() {}

    /** What a deadline does; {@link Mode#ENFORCE} unless set. */
    public Builder mode(Mode mode) {
      this.mode = requireNonNull(mode, "mode");
      return this;
    }

    /** The timeout of requests that ask for none and have no route's; null, as unless set: none. */
    public Builder defaultTimeout(@Nullable Duration timeout) {
      defaultTimeout = positive("default-timeout", timeout);
      return this;
    }

    /** What no header exceeds; null, as unless set: what would hold without a header. */
    public Builder maxTimeout(@Nullable Duration timeout) {
      maxTimeout = positive("max-timeout", timeout);
      return this;
    }

    /**
     * The timeout of event streams that have begun and have no other; null, as unless set: none.
     */
    public Builder streamTimeout(@Nullable Duration timeout) {
      streamTimeout = positive("stream-timeout", timeout);
      return this;
    }

    /**
     * The names of the headers in which a request can ask for a deadline, the earliest counts; none
     * if empty.
     *
     * <p>Values are milliseconds, but for {@code grpc-timeout}; 0 in a name that begins with
     * {@code x-envoy-} means none.
     */
    public Builder requestHeaders(Collection<String> names) {
      List<String> copy = List.copyOf(requireNonNull(names, "names"));
      for (String name : copy) {
        if (!TOKEN.matcher(name).matches()) {
          throw new IllegalArgumentException(
              "ctx4j.web.request-headers: no header has the name \"" + name + '"');
        }
      }
      requestHeaders = copy;
      return this;
    }

    /** The same, one by one. */
    public Builder requestHeaders(String... names) {
      return requestHeaders(List.of(requireNonNull(names, "names")));
    }

    /**
     * What happens to a request with a malformed header of these; {@link Malformed#IGNORE} unless
     * set.
     */
    public Builder malformedDeadline(Malformed malformed) {
      malformedDeadline = requireNonNull(malformed, "malformed");
      return this;
    }

    /**
     * Who writes the response of a request that was cut; {@link ErrorRendering#PROBLEM} unless set.
     */
    public Builder errorRendering(ErrorRendering rendering) {
      errorRendering = requireNonNull(rendering, "rendering");
      return this;
    }

    /**
     * The timeouts of a route; of several that match a request, the first that was added counts.
     *
     * @param path a pattern, as in a request mapping
     * @throws IllegalArgumentException it is none
     */
    public Builder route(String path, Consumer<Route> settings) {
      var route = new Route(requireNonNull(path, "path"));
      requireNonNull(settings, "settings").accept(route);
      routes.add(route);
      return this;
    }

    /**
     * Returns the settings.
     *
     * @throws IllegalArgumentException the default timeout, or a route's, is above its maximum
     */
    public CtxWebSettings build() {
      notAbove("max-timeout", maxTimeout, "default-timeout", defaultTimeout);
      for (Route route : routes) {
        notAbove(
            route.maxTimeout == null ? "max-timeout" : route.property("max-timeout"),
            route.maxTimeout == null ? maxTimeout : route.maxTimeout,
            route.property("timeout"),
            route.timeout);
      }
      return new CtxWebSettings(this);
    }

    private static void notAbove(
        String maxName, @Nullable Duration max, String name, @Nullable Duration timeout) {
      if (max != null && timeout != null && timeout.compareTo(max) > 0) {
        throw new IllegalArgumentException("ctx4j.web." + name + " (" + timeout
            + ") is above ctx4j.web." + maxName + " (" + max + ")");
      }
    }
  }

  /** The settings of a route; each method sets its own and returns this. */
  public static final class Route {
    final PathPattern path;

    @Nullable Duration timeout;

    @Nullable Duration maxTimeout;

    boolean noTimeout;
    boolean stream;

    private Route(String path) {
      if (path.isBlank()) {
        throw new IllegalArgumentException("ctx4j.web.routes[].path is empty");
      }
      PathPatternParser parser = PathPatternParser.defaultInstance;
      try {
        this.path = parser.parse(parser.initFullPathPattern(path)); // as that of a request mapping
      } catch (PatternParseException e) {
        throw new IllegalArgumentException(
            "ctx4j.web.routes[" + path + "].path is no pattern: " + e.getMessage(), e);
      }
    }

    /** What one of them is called in an error. */
    private String property(String name) {
      return "routes[" + path + "]." + name;
    }

    /** The timeout of its requests, in place of the default one. */
    public Route timeout(Duration timeout) {
      this.timeout = positive(property("timeout"), requireNonNull(timeout, "timeout"));
      noTimeout = false;
      return this;
    }

    /** Its requests have no deadline unless they ask for one. */
    public Route noTimeout() {
      timeout = null;
      noTimeout = true;
      return this;
    }

    /** What no header exceeds on this route, in place of the general maximum. */
    public Route maxTimeout(Duration timeout) {
      maxTimeout = positive(property("max-timeout"), requireNonNull(timeout, "timeout"));
      return this;
    }

    /**
     * Its event streams are meant to be ones, whoever produces them: a proxied service, for one.
     */
    public Route stream() {
      return stream(true);
    }

    /** The same, or not, as unless set. */
    public Route stream(boolean declared) {
      stream = declared;
      return this;
    }
  }
}

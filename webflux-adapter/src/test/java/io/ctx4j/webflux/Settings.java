package io.ctx4j.webflux;

import io.ctx4j.webflux.CtxWebSettings.ErrorRendering;
import io.ctx4j.webflux.CtxWebSettings.Malformed;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Settings as they stand in a file of properties: short to write in a test. */
final class Settings {
  private static final String PREFIX = "ctx4j.web.";

  private final Binder binder;

  private Settings(Binder binder) {
    this.binder = binder;
  }

  static CtxWebSettings of(Environment environment) {
    return new Settings(Binder.get(environment)).read();
  }

  private CtxWebSettings read() {
    CtxWebSettings.Builder settings = CtxWebSettings.builder()
        .mode(or("mode", Mode.ENFORCE))
        .defaultTimeout(value("default-timeout", Duration.class))
        .maxTimeout(value("max-timeout", Duration.class))
        .streamTimeout(value("stream-timeout", Duration.class))
        .malformedDeadline(or("malformed-deadline", Malformed.IGNORE))
        .errorRendering(or("error-rendering", ErrorRendering.PROBLEM));
    binder
        .bind(PREFIX + "request-headers", Bindable.listOf(String.class))
        .ifBound(settings::requestHeaders);
    for (int i = 0; value(route(i, "path"), String.class) != null; i++) {
      int index = i;
      settings.route(
          Objects.requireNonNull(value(route(i, "path"), String.class)),
          route -> set(index, route));
    }
    return settings.build();
  }

  private void set(int index, CtxWebSettings.Route route) {
    String timeout = value(route(index, "timeout"), String.class);
    if ("none".equals(timeout)) {
      route.noTimeout();
    } else if (timeout != null) {
      route.timeout(Objects.requireNonNull(value(route(index, "timeout"), Duration.class)));
    }
    Duration max = value(route(index, "max-timeout"), Duration.class);
    if (max != null) {
      route.maxTimeout(max);
    }
    route.stream(Boolean.TRUE.equals(value(route(index, "stream"), Boolean.class)));
  }

  private static String route(int index, String name) {
    return "routes[" + index + "]." + name;
  }

  private <T> @Nullable T value(String name, Class<T> type) {
    return binder.bind(PREFIX + name, type).orElse(null);
  }

  private <E extends Enum<E>> E or(String name, E other) {
    return binder.bind(PREFIX + name, other.getDeclaringClass()).orElse(other);
  }
}

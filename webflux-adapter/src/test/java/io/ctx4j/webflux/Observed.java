package io.ctx4j.webflux;

import io.ctx4j.testing.Await;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;

/**
 * What meters and traces make of a request: its status, outcome and error, and how often they were
 * told of one.
 */
final class Observed implements ObservationHandler<ServerRequestObservationContext> {
  private final List<String> stopped = new CopyOnWriteArrayList<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof ServerRequestObservationContext;
  }

  @Override
  public void onError(ServerRequestObservationContext context) {
    errors.add(path(context));
  }

  @Override
  public void onStop(ServerRequestObservationContext context) {
    stopped.add(path(context) + " " + value(context, "status") + " " + value(context, "exception"));
  }

  private static String path(ServerRequestObservationContext context) {
    return Objects.requireNonNull(context.getCarrier()).getPath().value();
  }

  private static String value(ServerRequestObservationContext context, String key) {
    return Objects.requireNonNull(context.getLowCardinalityKeyValue(key)).getValue();
  }

  void forget(String path) {
    stopped.removeIf(each -> each.startsWith(path + " "));
    errors.removeIf(path::equals);
  }

  /** Of the last request to that path. */
  String last(String path) {
    Await.until(() -> found(path) != null, () -> "of " + path + ": " + stopped);
    return String.valueOf(found(path)).substring(path.length() + 1) + " "
        + errors.stream().filter(path::equals).count();
  }

  private @Nullable String found(String path) {
    String last = null;
    for (String each : stopped) {
      if (each.startsWith(path + " ")) {
        last = each;
      }
    }
    return last;
  }
}

package io.ctx4j.examples;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Looks at services from outside: at what they say of themselves, and of the database. */
final class Watcher {

  private static final JsonMapper JSON = JsonMapper.shared();

  /** As long as a request has at most: the default may pass on a machine that stalls. */
  private static final Duration MOST_PATIENT = Duration.ofSeconds(10);

  private static final Pattern LEFT = Pattern.compile("\\[(.+)]");

  private Watcher() {}

  /** A request that a service is at work on. */
  record InFlight(Duration age, Duration left, String deadlineFrom) {

    /** How long it was given. */
    Duration budget() {
      return age.plus(left);
    }
  }

  /** How many statements of the orders service run in the database now. */
  static int statements(Client orders) {
    return Integer.parseInt(orders.get("/queries", MOST_PATIENT).join().body());
  }

  /** Asks until so many statements run; returns how many do at last. */
  static int awaitStatements(Client orders, int expected, Duration limit) {
    long start = System.nanoTime();
    int running = statements(orders);
    while (running != expected && System.nanoTime() - start < limit.toNanos()) {
      running = statements(orders);
    }
    return running;
  }

  /**
   * Returns the first of a service's requests by that route that has a deadline; null: there is
   * none.
   */
  static @Nullable InFlight inFlight(Client service, String route) {
    for (JsonNode exchange : read(service, "/actuator/ctx4j").get("exchanges")) {
      if (exchange.get("route").asString().equals(route) && exchange.hasNonNull("leftMillis")) {
        return new InFlight(
            Duration.ofMillis(exchange.get("ageMillis").asLong()),
            Duration.ofMillis(exchange.get("leftMillis").asLong()),
            exchange.get("deadlineFrom").asString());
      }
    }
    return null;
  }

  /**
   * What is left to the first call that a service is at work on, as its tree of contexts says; very
   * long: none.
   */
  static Duration leftOfCall(Service service) {
    for (String context : service.contexts()) {
      Matcher left = LEFT.matcher(context);
      if (left.find()) {
        return Duration.parse("PT" + left.group(1));
      }
    }
    return Duration.ofDays(1);
  }

  /** How many requests of a service have ended like that since it started. */
  static long ended(Client service, String outcome) {
    return read(service, "/actuator/metrics/ctx4j.requests?tag=outcome:" + outcome)
        .get("measurements")
        .get(0)
        .get("value")
        .asLong();
  }

  private static JsonNode read(Client service, String path) {
    return JSON.readTree(service.get(path).join().body());
  }

  /** Looks until it is so; returns whether it is at last. */
  static boolean await(BooleanSupplier condition, Duration limit) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }
}

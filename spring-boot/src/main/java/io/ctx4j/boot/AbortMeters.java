package io.ctx4j.boot;

import io.ctx4j.r2dbc.AbortOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Counts in Micrometer how statements were ended.
 *
 * <p>The meters are there from the start, but registered when all beans are: a registry may need the database.
 */
final class AbortMeters implements Consumer<AbortOutcome>, SmartInitializingSingleton {
  private final ObjectProvider<MeterRegistry> registries;
  private volatile Map<AbortOutcome, Counter> counters = Map.of();

  AbortMeters(ObjectProvider<MeterRegistry> registries) {
    this.registries = registries;
  }

  @Override
  public void afterSingletonsInstantiated() {
    MeterRegistry registry = registries.getIfUnique();
    if (registry == null) {
      return;
    }
    Map<AbortOutcome, Counter> counters = new EnumMap<>(AbortOutcome.class);
    for (AbortOutcome outcome : AbortOutcome.values()) {
      counters.put(
          outcome,
          Counter.builder("ctx4j.r2dbc.aborts")
              .description("Statements whose context was done, and how the connection has answered")
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.counters = counters;
  }

  @Override
  public void accept(AbortOutcome outcome) {
    Counter counter = counters.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }
}

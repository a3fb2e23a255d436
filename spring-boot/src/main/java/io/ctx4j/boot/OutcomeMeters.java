package io.ctx4j.boot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Counts in Micrometer how something ended. All meters are there from the start: nothing that ends
 * can add one.
 *
 * <p>They are registered when all beans are: a registry may need a channel, or the database.
 */
final class OutcomeMeters<E extends Enum<E>> implements Consumer<E>, SmartInitializingSingleton {
  private final Class<E> outcomes;
  private final String name;
  private final String description;
  private final ObjectProvider<MeterRegistry> registries;
  private volatile Map<E, Counter> counters = Map.of();

  OutcomeMeters(
      Class<E> outcomes,
      String name,
      String description,
      ObjectProvider<MeterRegistry> registries) {
    this.outcomes = outcomes;
    this.name = name;
    this.description = description;
    this.registries = registries;
  }

  @Override
  public void afterSingletonsInstantiated() {
    MeterRegistry registry = registries.getIfUnique();
    if (registry == null) {
      return;
    }
    Map<E, Counter> counters = new EnumMap<>(outcomes);
    for (E outcome : outcomes.getEnumConstants()) {
      counters.put(
          outcome,
          Counter.builder(name)
              .description(description)
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.counters = counters;
  }

  @Override
  public void accept(E outcome) {
    Counter counter = counters.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }
}

package io.ctx4j.boot;

import io.ctx4j.grpc.spi.CallOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Counts in Micrometer how calls of gRPC's server ended. All meters are there from the start: no call can add one.
 *
 * <p>They are registered when all beans are: a registry may need a channel.
 */
final class CallMeters implements Consumer<CallOutcome>, SmartInitializingSingleton {
  private final ObjectProvider<MeterRegistry> registries;
  private volatile Map<CallOutcome, Counter> counters = Map.of();

  CallMeters(ObjectProvider<MeterRegistry> registries) {
    this.registries = registries;
  }

  @Override
  public void afterSingletonsInstantiated() {
    MeterRegistry registry = registries.getIfUnique();
    if (registry == null) {
      return;
    }
    Map<CallOutcome, Counter> counters = new EnumMap<>(CallOutcome.class);
    for (CallOutcome outcome : CallOutcome.values()) {
      counters.put(
          outcome,
          Counter.builder("ctx4j.grpc.calls")
              .description("Calls of the gRPC server that have ended, and how")
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.counters = counters;
  }

  @Override
  public void accept(CallOutcome outcome) {
    Counter counter = counters.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }
}

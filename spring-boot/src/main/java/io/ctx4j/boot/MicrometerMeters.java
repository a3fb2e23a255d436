package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Counts in Micrometer. All meters are there from the start: no request can add one. */
final class MicrometerMeters implements Meters {
  private final Map<Outcome, Timer> committed = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Timer> uncommitted = new EnumMap<>(Outcome.class);
  private final MeterRegistry registry;
  private final Map<String, Counter> malformed = new ConcurrentHashMap<>();
  private final Counter skipped;

  /**
   * Registers them.
   *
   * @param live null: this is no web application
   */
  MicrometerMeters(MeterRegistry registry, @Nullable LiveExchanges live) {
    this.registry = registry;
    for (Outcome outcome : Outcome.values()) {
      committed.put(outcome, requests(registry, outcome, true));
      uncommitted.put(outcome, requests(registry, outcome, false));
    }
    skipped = Counter.builder("ctx4j.client.skipped")
        .description("Calls that were not made, as the context was done")
        .register(registry);
    if (live != null) {
      Gauge.builder("ctx4j.active", live, LiveExchanges::size)
          .description("Exchanges in flight")
          .register(registry);
    }
  }

  private static Timer requests(MeterRegistry registry, Outcome outcome, boolean committed) {
    return Timer.builder("ctx4j.requests")
        .description("Exchanges that have ended, and how")
        .tag("outcome", outcome.tag())
        .tag("committed", Boolean.toString(committed))
        .register(registry);
  }

  @Override
  public void ended(Outcome outcome, boolean committed, long nanos) {
    Timer timer = (committed ? this.committed : uncommitted).get(outcome);
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void headers(List<String> names) {
    for (String name : names) {
      malformed.put(
          name,
          Counter.builder("ctx4j.headers.malformed")
              .description("Deadline headers that could not be read")
              .tag("header", name)
              .register(registry));
    }
  }

  @Override
  public void malformed(String header) {
    increment(malformed.get(header));
  }

  @Override
  public void skipped() {
    increment(skipped);
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }
}

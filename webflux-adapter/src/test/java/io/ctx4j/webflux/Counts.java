package io.ctx4j.webflux;

import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts how exchanges have ended. */
final class Counts implements Meters {
  private final Map<Outcome, Integer> committed = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Integer> uncommitted = new EnumMap<>(Outcome.class);

  /** Thrown by the next that is to count an end. */
  volatile @Nullable Error error;

  @Override
  public synchronized void ended(Outcome outcome, boolean begun, long nanos) {
    Error error = this.error;
    if (error != null) {
      this.error = null;
      throw error;
    }
    (begun ? committed : uncommitted).merge(outcome, 1, Integer::sum);
  }

  synchronized int of(Outcome outcome, boolean begun) {
    return (begun ? committed : uncommitted).getOrDefault(outcome, 0);
  }

  @Override
  public synchronized String toString() {
    return "committed " + committed + ", uncommitted " + uncommitted;
  }

  int of(Outcome outcome) {
    return of(outcome, true) + of(outcome, false);
  }
}

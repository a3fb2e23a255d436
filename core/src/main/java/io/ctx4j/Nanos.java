package io.ctx4j;

import java.time.Duration;

/** Durations as nanoseconds. */
final class Nanos {
  private static final Duration MAX = Duration.ofNanos(Long.MAX_VALUE);

  private Nanos() {}

  /** Of a duration of more than 292 years, that much. */
  static long saturated(Duration duration) {
    return duration.compareTo(MAX) < 0 ? duration.toNanos() : Long.MAX_VALUE;
  }
}

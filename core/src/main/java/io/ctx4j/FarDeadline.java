package io.ctx4j;

import java.time.Duration;
import java.time.Instant;

/** Too far off for a timer, and perhaps for nanoseconds. */
final class FarDeadline extends DeadlinePath {
  /** How far off it was when it was made. */
  private final Duration span;

  FarDeadline(Path up, Instant instant, long madeNanos, Duration span) {
    super(up, instant, madeNanos);
    this.span = span;
  }

  @Override
  boolean isFar() {
    return true;
  }

  @Override
  Duration left(long now) {
    return span.minusNanos(now - nanos);
  }
}

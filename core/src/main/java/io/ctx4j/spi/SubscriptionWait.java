package io.ctx4j.spi;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How long who subscribes waits for another thread to give downstream its subscription: not for
 * ever.
 */
final class SubscriptionWait {
  /** About a second, but counted: a process that is stopped meanwhile has waited for nothing. */
  private static final int MAX_PARKS = 10_000;

  private static final long PARK_NANOS = Duration.ofMillis(1).toNanos() / 10;

  /** Some milliseconds, for who may not park. */
  private static final int MAX_SPINS = 5_000_000;

  private SubscriptionWait() {}

  static void await(StreamEnd stream, boolean parks) {
    for (int i = parks ? StreamEnd.SPINS : MAX_SPINS; i > 0; i--) {
      if (!stream.isSubscribing()) {
        return;
      }
    }
    if (parks) {
      park(stream);
    }
  }

  private static void park(StreamEnd stream) {
    boolean interrupted = false;
    for (int i = 0; i < MAX_PARKS && stream.isSubscribing(); i++) {
      LockSupport.parkNanos(stream, PARK_NANOS);
      interrupted |= Thread.interrupted(); // it would not park again
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

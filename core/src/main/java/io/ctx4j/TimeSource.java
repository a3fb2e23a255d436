package io.ctx4j;

import java.time.Duration;
import java.time.Instant;

/**
 * The clock and the timer of a tree of contexts, given to {@link Ctx#root(TimeSource)}.
 *
 * <p>An implementation is trusted: a task that it runs early, or inside {@code schedule}, ends the
 * context then. What it throws from {@code schedule} comes out of the {@code with…} method.
 */
public interface TimeSource {

  /**
   * Returns the time source of {@link Ctx#background()}: the system's clocks and one daemon thread.
   *
   * <p>Tasks run on daemon threads of the library, never on the timer's own. All of them end when
   * idle and keep neither the JVM nor a class loader alive.
   */
  static TimeSource system() {
    return SystemTime.INSTANCE;
  }

  /** Returns the wall clock, for deadlines as people read them. */
  Instant now();

  /**
   * Returns nanoseconds of a monotonic clock, as {@link System#nanoTime()}: they wrap, and only
   * differences mean something. By default from {@link #now()}, as suits a virtual clock.
   */
  default long nanoTime() {
    Instant now = now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /**
   * Runs the task once, after the delay, and not inside this call.
   *
   * @param delay positive, at most 100 years
   * @return takes the task off again
   */
  Ctx.Registration schedule(Runnable task, Duration delay);
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A clock for tests that stands still until it is told to move.
 *
 * <p>Give it to {@link Ctx#root(TimeSource)}: deadlines below, {@link Ctx#sleep} and
 * {@link Ctx#await(Duration)} then end when {@link #advance} comes to their time, and never by
 * themselves. Its {@link #nanoTime} starts half a second before the overflow, as no clock promises
 * that it does not. It can be moved by 292 years in all, and stands still after that.
 */
public final class ManualTime implements TimeSource {
  private static final long FIRST_NANOS = Long.MAX_VALUE - 500_000_000L;

  /** Due at no time that can be come to. */
  private static final long NEVER = Long.MAX_VALUE;

  private static final long END = NEVER - 1;

  private final Instant start;

  /** What waits, by the time when it is due, and then by the order in which it came. */
  private final TreeSet<Task> tasks =
      new TreeSet<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));

  private long elapsedNanos;
  private long scheduled;

  private record Task(long due, long number, Runnable body) {}

  /** Makes one that starts at {@link Instant#EPOCH}. */
  public ManualTime() {
    this(Instant.EPOCH);
  }

  /** Makes one that starts at the given instant. */
  public ManualTime(Instant start) {
    this.start = requireNonNull(start, "start");
  }

  @Override
  public synchronized Instant now() {
    Duration left = Duration.between(start, Instant.MAX);
    return left.compareTo(Duration.ofNanos(elapsedNanos)) < 0
        ? Instant.MAX
        : start.plusNanos(elapsedNanos);
  }

  @Override
  public synchronized long nanoTime() {
    return FIRST_NANOS + elapsedNanos;
  }

  /**
   * {@inheritDoc} Here: inside {@link #advance}, on its thread; after a delay of zero or less in
   * the next one.
   */
  @Override
  public synchronized Ctx.Registration schedule(Runnable task, Duration delay) {
    requireNonNull(task, "task");
    requireNonNull(delay, "delay");
    long nanos = delay.isNegative() ? 0 : Nanos.saturated(delay);
    var waiting =
        new Task(nanos < NEVER - elapsedNanos ? elapsedNanos + nanos : NEVER, scheduled++, task);
    tasks.add(waiting);
    return () -> take(waiting);
  }

  private synchronized boolean take(Task task) {
    return tasks.remove(task);
  }

  /**
   * Moves the clock, and runs what falls due on the way, in order, on this thread, before it
   * returns.
   *
   * <p>Each task finds the clock at its own time, and what it schedules for a time on the way runs,
   * too. What a task throws comes out of here, with the clock at its time; the rest waits for the
   * next call. A thread that waits for this clock is woken, not waited for.
   *
   * @param by zero runs what is due now
   * @throws IllegalArgumentException by is negative
   */
  public void advance(Duration by) {
    if (requireNonNull(by, "by").isNegative()) {
      throw new IllegalArgumentException("by is negative: " + by);
    }
    long target = target(Nanos.saturated(by));
    for (Task task = next(target); task != null; task = next(target)) {
      task.body.run();
    }
    arrive(target);
  }

  private synchronized long target(long nanos) {
    return nanos < END - elapsedNanos ? elapsedNanos + nanos : END;
  }

  /** Takes the first task that is due by then, and moves the clock to its time. */
  private synchronized @Nullable Task next(long target) {
    Task first = tasks.isEmpty() ? null : tasks.first();
    if (first == null || first.due > target) {
      return null;
    }
    arrive(first.due);
    return tasks.pollFirst();
  }

  /** A task may have moved the clock further. */
  private synchronized void arrive(long target) {
    elapsedNanos = Math.max(elapsedNanos, target);
  }

  @Override
  public String toString() {
    return "manual";
  }
}

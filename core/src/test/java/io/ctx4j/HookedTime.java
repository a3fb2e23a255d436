package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A manual clock that can also misbehave: it is late or early, throws, steps, and counts what it is
 * asked.
 *
 * <p>Its nanoTime starts half a second before the overflow, so that most tests wrap it.
 * {@code schedule} checks what C35 promises to a time source.
 */
final class HookedTime implements TimeSource {
  static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

  private static final long FIRST_NANOS = Long.MAX_VALUE - 500_000_000L;
  private static final Duration CENTURY = Duration.ofDays(36_525);

  /** Runs inside {@code schedule}, before the task is stored; for one that throws or re-enters. */
  volatile Runnable inSchedule = () -> {};

  /** Runs inside {@code unregister}, after the task was taken off. */
  volatile Runnable inUnregister = () -> {};

  /** Makes {@code schedule} run the task before it returns. */
  volatile boolean inline;

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
  private final List<Duration> delays = new ArrayList<>();
  private final List<String> reads = new ArrayList<>();
  private long elapsedNanos;
  private Duration wallStep = Duration.ZERO;

  private record Task(long due, long number, Runnable body) {}

  @Override
  public synchronized Instant now() {
    read("now");
    return START.plusNanos(elapsedNanos).plus(wallStep);
  }

  @Override
  public synchronized long nanoTime() {
    read("nanoTime");
    return FIRST_NANOS + elapsedNanos;
  }

  private void read(String clock) {
    if (reads.size() < 100) {
      reads.add(clock);
    }
  }

  @Override
  public Ctx.Registration schedule(Runnable body, Duration delay) {
    requireNonNull(body);
    if (delay.isZero() || delay.isNegative() || delay.compareTo(CENTURY) > 0) {
      throw new AssertionError("C35 broken: delay " + delay);
    }
    inSchedule.run();
    Task task;
    synchronized (this) {
      task = new Task(elapsedNanos + delay.toNanos(), delays.size(), body);
      delays.add(delay);
      if (!inline) {
        tasks.add(task);
      }
    }
    if (inline) {
      body.run();
    }
    return () -> {
      boolean taken;
      synchronized (this) {
        taken = tasks.remove(task);
      }
      inUnregister.run();
      return taken;
    };
  }

  /** Moves the clock, and runs what falls due on the way, each at its time. */
  void advance(Duration by) {
    long target;
    synchronized (this) {
      target = elapsedNanos + by.toNanos();
    }
    for (Task task = next(target); task != null; task = next(target)) {
      task.body.run();
    }
    synchronized (this) {
      elapsedNanos = Math.max(elapsedNanos, target);
    }
  }

  private synchronized @Nullable Task next(long target) {
    Task first = tasks.peek();
    if (first == null || first.due > target) {
      return null;
    }
    elapsedNanos = Math.max(elapsedNanos, first.due);
    return tasks.poll();
  }

  /** Moves the clock and runs nothing: a timer that is late. */
  synchronized void pass(Duration by) {
    elapsedNanos += by.toNanos();
  }

  /** Steps the wall clock alone, as an administrator does. */
  synchronized void stepWallClock(Duration by) {
    wallStep = wallStep.plus(by);
  }

  /** Runs every task at once, early, and leaves the clock as it is. */
  void runEarly() {
    List<Task> early;
    synchronized (this) {
      early = new ArrayList<>(tasks);
      tasks.clear();
    }
    early.forEach(task -> task.body.run());
  }

  /** How many tasks wait. */
  synchronized int live() {
    return tasks.size();
  }

  /** The delays of all tasks ever scheduled. */
  synchronized List<Duration> delays() {
    return List.copyOf(delays);
  }

  /** The first hundred clock reads since the last call, oldest first. */
  synchronized List<String> takeReads() {
    List<String> taken = List.copyOf(reads);
    reads.clear();
    return taken;
  }

  @Override
  public String toString() {
    return "manual";
  }
}

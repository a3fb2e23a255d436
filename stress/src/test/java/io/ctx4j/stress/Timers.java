package io.ctx4j.stress;

import io.ctx4j.Ctx.Registration;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A clock in whole seconds that stands still until it is moved; its tasks run where it is moved.
 */
final class Timers implements TimeSource {
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
  private long now;
  private long scheduled;

  private record Task(long due, long number, Runnable body) {}

  @Override
  public synchronized Instant now() {
    return Instant.ofEpochSecond(now);
  }

  @Override
  public synchronized long nanoTime() {
    return Long.MAX_VALUE - 50_000_000_000L + now * 1_000_000_000L; // wraps early
  }

  @Override
  public synchronized Registration schedule(Runnable body, Duration delay) {
    var task = new Task(now + delay.toSeconds(), scheduled++, body);
    tasks.add(task);
    return () -> remove(task);
  }

  private synchronized boolean remove(Task task) {
    return tasks.remove(task);
  }

  void advance(long seconds) {
    long target = seconds() + seconds;
    for (Task due = next(target); due != null; due = next(target)) {
      due.body.run();
    }
  }

  private synchronized @Nullable Task next(long target) {
    Task first = tasks.peek();
    if (first == null || first.due > target) {
      now = Math.max(now, target);
      return null;
    }
    now = Math.max(now, first.due);
    return tasks.poll();
  }

  synchronized long seconds() {
    return now;
  }

  synchronized int pending() {
    return tasks.size();
  }
}

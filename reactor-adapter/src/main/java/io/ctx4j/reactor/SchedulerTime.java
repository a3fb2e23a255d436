package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The clock and timer of a scheduler; equal where the scheduler is. */
record SchedulerTime(Scheduler scheduler) implements TimeSource {

  @Override
  public Instant now() {
    return Instant.ofEpochSecond(0, nanoTime());
  }

  @Override
  public long nanoTime() {
    return scheduler.now(TimeUnit.NANOSECONDS);
  }

  @Override
  public Ctx.Registration schedule(Runnable task, Duration delay) {
    var once = new Once(requireNonNull(task, "task"));
    requireNonNull(delay, "delay");
    once.timer = scheduler.schedule(once, delay.toNanos(), TimeUnit.NANOSECONDS);
    return once;
  }

  @Override
  public String toString() {
    return scheduler.toString();
  }

  /** A Disposable does not say whether it kept its task from running; this does. */
  private static final class Once implements Runnable, Ctx.Registration {
    private final AtomicReference<@Nullable Runnable> task;
    private volatile @Nullable Disposable timer;

    Once(Runnable task) {
      this.task = new AtomicReference<>(task);
    }

    @Override
    public void run() {
      Runnable task = this.task.getAndSet(null);
      if (task != null) {
        task.run();
      }
    }

    @Override
    public boolean unregister() {
      boolean first = task.getAndSet(null) != null;
      Disposable timer = this.timer;
      if (first && timer != null) {
        timer.dispose();
      }
      return first;
    }
  }
}

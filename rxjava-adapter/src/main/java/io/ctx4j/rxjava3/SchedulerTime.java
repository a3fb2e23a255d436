package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.reactivex.rxjava3.core.Scheduler;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.schedulers.TestScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

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
    // a TestScheduler keeps what it was given directly until that is due, disposed or not
    once.timer = scheduler instanceof TestScheduler test
        ? test.createWorker().schedule(once, delay.toNanos(), TimeUnit.NANOSECONDS)
        : scheduler.scheduleDirect(once, delay.toNanos(), TimeUnit.NANOSECONDS);
    return once;
  }

  @Override
  public String toString() {
    return scheduler.getClass().getSimpleName();
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

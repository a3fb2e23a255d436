package io.ctx4j.stress;

import io.ctx4j.Ctx.Registration;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A clock that stands still, with one timer that an actor lets fire. */
final class Clock implements TimeSource {
  private final AtomicReference<@Nullable Runnable> task = new AtomicReference<>();

  @Override
  public Instant now() {
    return Instant.EPOCH;
  }

  @Override
  public Registration schedule(Runnable task, Duration delay) {
    this.task.set(task);
    return () -> this.task.getAndSet(null) != null;
  }

  /** Runs the task, unless it was unregistered. */
  void fire() {
    Runnable task = this.task.getAndSet(null);
    if (task != null) {
      task.run();
    }
  }

  boolean isIdle() {
    return task.get() == null;
  }
}

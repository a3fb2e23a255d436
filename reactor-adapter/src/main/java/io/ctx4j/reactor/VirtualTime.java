package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The clock of who has no context: the system's, but under {@code StepVerifier.withVirtualTime}
 * that of the test, so that a timeout moves with it (R19).
 *
 * <p>What {@link Schedulers#parallel()} returns supplies the scheduler that it stands for.
 */
final class VirtualTime {
  /** Null: reactor-test is not there, and nobody has virtual time. */
  private static final @Nullable Class<?> SCHEDULER = scheduler();

  private VirtualTime() {}

  private static @Nullable Class<?> scheduler() {
    try {
      return Class.forName(
          "reactor.test.scheduler.VirtualTimeScheduler", false, VirtualTime.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError none) {
      return null;
    }
  }

  static Ctx background() {
    return SCHEDULER != null
            && Schedulers.parallel() instanceof Supplier<?> current
            && current.get() instanceof Scheduler scheduler
            && SCHEDULER.isInstance(scheduler)
        ? Ctx.root(new SchedulerTime(scheduler))
        : Ctx.background();
  }
}

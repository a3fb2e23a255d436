package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A timed context with a supplier, or a timer of another time source: foreign code. */
final class UserTimedNode extends TimedNode implements Runnable {
  private static final VarHandle TIMER = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(),
      "timer",
      VarHandle.class,
      UserTimedNode.class,
      Ctx.Registration.class);

  private static final Ctx.Registration NONE = () -> false;

  private @Nullable Supplier<? extends @Nullable Throwable> cause;

  /** Null until another time source's is armed; {@link #NONE} once this has fired or is not wanted any more. */
  private volatile Ctx.@Nullable Registration timer;

  UserTimedNode(DeadlinePath deadline, @Nullable Supplier<? extends @Nullable Throwable> cause) {
    super(deadline);
    this.cause = cause;
  }

  @Override
  void arm() {
    if (isOnSystemTime()) {
      super.arm();
      return;
    }
    Duration delay = Duration.ofNanos(Math.max(1, deadline().leftNanos()));
    Ctx.Registration armed = requireNonNull(path.time().schedule(this, delay), "schedule");
    if (!TIMER.compareAndSet(this, null, armed)) {
      unregister(armed);
    }
  }

  @Override
  void disarm() {
    cause = null;
    if (isOnSystemTime()) {
      super.disarm();
    }
    if (timer != NONE) {
      var armed = (Ctx.Registration) TIMER.getAndSet(this, NONE);
      if (armed != null) {
        unregister(armed);
      }
    }
  }

  private static void unregister(Ctx.Registration timer) {
    try {
      timer.unregister();
    } catch (Throwable e) {
      Cancellation.report(e);
    }
  }

  /** The deadline fires on another time source, where all happens here and now, or on a worker. */
  @Override
  public void run() {
    expire(null);
  }

  /** The marking is our own code; the supplier is not, so where there is one, all of it goes to a worker. */
  @Override
  void expire(@Nullable Executor workers) {
    Supplier<? extends @Nullable Throwable> cause = this.cause;
    if (workers != null && cause != null) {
      workers.execute(this);
    } else if (TIMER.getAndSet(this, NONE) != NONE && end == null) {
      Cancellation.exceeded(deadline(), cause).run(this, workers);
    }
  }
}

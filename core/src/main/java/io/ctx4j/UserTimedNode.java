package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
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

  /**
   * Null until another time source's is armed; {@link #NONE} once this has fired or is not wanted
   * any more.
   */
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
      ForeignCode.unregister(armed);
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
        ForeignCode.unregister(armed);
      }
    }
  }

  /** The deadline fires on another time source, where all happens here and now. */
  @Override
  public void run() {
    try {
      expireHere(null);
    } catch (OutOfMemoryError e) { // that timer fires once: ours tries again
      SystemTime.INSTANCE.expireLater(this);
    }
  }

  /**
   * The marking is our own code; the supplier is not, so where there is one, all of it goes to a
   * worker.
   */
  @Override
  void expire(Dispatcher dispatcher) {
    if (cause != null) {
      dispatcher.execute(new Expiry(this));
    } else {
      expireHere(dispatcher);
    }
  }

  /**
   * All memory that it needs is there before the supplier is asked, which happens once (C16, C40).
   */
  private void expireHere(@Nullable Dispatcher dispatcher) {
    if (end != null) {
      return;
    }
    Cancellation ending = Cancellation.exceeded(deadline());
    var marking = new Marking(ending, this);
    if (TIMER.getAndSet(this, NONE) != NONE && end == null) {
      Supplier<? extends @Nullable Throwable> cause = this.cause;
      if (cause != null) {
        ending.ask(cause, deadline());
      }
      ending.run(this, marking, dispatcher);
    }
  }

  private static void callHere(Link callbacks) {
    LibraryThreads.reset(); // what the supplier has left is none of theirs
    CallbackWorkers.complete(callbacks);
  }

  /** What a worker does where a supplier is to be asked. */
  private static final class Expiry extends WorkerTask {
    private final UserTimedNode node;

    Expiry(UserTimedNode node) {
      this.node = node;
    }

    @Override
    void run() {
      node.expireHere(UserTimedNode::callHere);
    }
  }
}

package io.ctx4j;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts the thread that runs a task for a context, once, and never after the task.
 *
 * <pre>
 *   RUNNING ── ctx is done: one CAS ──► INTERRUPTING ── interrupt() has returned ──► INTERRUPTED
 *      └─────── the task has ended: one CAS, by the runner ──► TERMINATED
 * </pre>
 *
 * <p><b>No stray interrupt (B1).</b> The runner that wins TERMINATED knows that none will come, and
 * clears nothing: a flag that is set is somebody else's (B3). One that loses waits until the
 * interrupt has been delivered and clears the flag then, so that it cannot be set later. To clear
 * it at once is the obvious hand-off, and the wrong one: the interrupt, decided and not yet
 * delivered, hits what this thread does next. The wait is as long as a call of
 * {@link Thread#interrupt()} and yields, as {@code FutureTask} does: a spin would keep the one it
 * waits for from its processor.
 *
 * <p><b>Nested calls.</b> A thread has one flag, and each of the calls that it is in may want it
 * set. The inner call that clears it sets it again where it was, or became meanwhile, an enclosing
 * call's (B3). An enclosing call's interrupt that the inner task has used up counts, too, where the
 * inner call ends with its own context: the exception that told of it is hidden in that context's.
 * What was used up before the inner call began is not delivered twice (B2).
 *
 * <p>Under attack by the races of {@code stress} that begin with Handoff.
 */
final class InterruptHandoff extends DoneListener {
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, InterruptHandoff.class, int.class);

  private static final int RUNNING = 0;
  private static final int INTERRUPTING = 1;
  private static final int INTERRUPTED = 2;
  private static final int TERMINATED = 3;

  /** The innermost call that a thread is in; nothing stays behind when it is in none. */
  private static final ThreadLocal<@Nullable InterruptHandoff> INNERMOST = new ThreadLocal<>();

  private final Thread runner = Thread.currentThread();
  private final Ctx ctx;
  private final @Nullable InterruptHandoff outer;

  /** How many interrupts of the enclosing calls the thread had used up when this one began. */
  private final int outerUsed;

  private volatile int state = RUNNING;

  /** Of a task that is to run on the calling thread, by {@link #call}. */
  InterruptHandoff(Ctx ctx) {
    this.ctx = ctx;
    this.outer = INNERMOST.get();
    int delivered = delivered(outer);
    this.outerUsed = delivered > 0 && runner.isInterrupted() ? delivered - 1 : delivered;
  }

  /** Runs the task on this thread, which is interrupted once the context is done. */
  <T extends @Nullable Object, X extends Exception> T call(Ctx.Task<T, X> task) throws X {
    try {
      INNERMOST.set(this);
      if (!listen(ctx)) { // B5
        ctx.throwIfDone();
      }
      return task.call();
    } catch (Error | CtxException thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throwIfDone(ctx, thrown);
      throw thrown;
    } finally {
      end();
    }
  }

  /**
   * In place of what the task threw: that is what the interrupt provoked, or comes too late (B4).
   */
  private static void throwIfDone(Ctx ctx, Throwable thrown) {
    try {
      ctx.throwIfDone();
    } catch (CtxException end) {
      end.addSuppressed(thrown);
      throw end;
    }
  }

  /**
   * Interrupts the task for its context, which is done, ahead of callbacks that come before this
   * one.
   */
  void interrupt() {
    if (STATE.compareAndSet(this, RUNNING, INTERRUPTING)) {
      try {
        runner.interrupt();
      } finally {
        state = INTERRUPTED;
      }
    }
  }

  @Override
  protected void onDone(CtxException err) {
    interrupt();
  }

  private void end() {
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
    if (STATE.compareAndSet(this, RUNNING, TERMINATED)) {
      unlisten();
    } else {
      awaitDelivered();
      Thread.interrupted();
    }
    // after the flag was cleared: one that comes from here on sets it itself
    if (outer != null && ctx.isDone() && delivered(outer) > outerUsed) {
      runner.interrupt();
    }
  }

  /** How many of these calls have interrupted the thread; on that thread. */
  private static int delivered(@Nullable InterruptHandoff innermost) {
    int delivered = 0;
    for (InterruptHandoff call = innermost; call != null; call = call.outer) {
      if (call.awaitDelivered()) {
        delivered++;
      }
    }
    return delivered;
  }

  /**
   * Waits for an interrupt that is on its way, for which nothing is quick enough but to yield;
   * whether it has come.
   */
  @SuppressWarnings("ThreadPriorityCheck")
  private boolean awaitDelivered() {
    while (state == INTERRUPTING) {
      Thread.yield();
    }
    return state == INTERRUPTED;
  }
}

package io.ctx4j;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for a context to be done, or for some time on that one's clock, whichever is
 * first.
 *
 * <pre>
 *   WAITING ── ctx is done ────────► DONE
 *      └────── the time is over ───► TIME_OVER
 * </pre>
 *
 * Which of the two it was is decided when it happens, and not when the thread has woken: a manual
 * clock may have gone on to the other one by then. On the system's time the thread keeps the time
 * itself; on another one a task there wakes it.
 */
final class DoneWait extends DoneListener {
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, DoneWait.class, int.class);

  private static final int WAITING = 0;
  private static final int DONE = 1;
  private static final int TIME_OVER = 2;

  private final Thread waiter = Thread.currentThread();
  private final Handle ctx;
  private volatile int state = WAITING;

  private DoneWait(Handle ctx) {
    this.ctx = ctx;
  }

  /**
   * Waits.
   *
   * @param timeout null: for as long as it takes
   * @return true: ctx is done, and was before the time was over
   */
  static boolean await(Handle ctx, @Nullable Duration timeout) throws InterruptedException {
    throwIfInterrupted();
    var wait = new DoneWait(ctx);
    if (!wait.listen(ctx)) {
      return true;
    }
    try {
      if (timeout == null || timeout.compareTo(DeadlinePath.FAR) > 0) {
        wait.park();
      } else if (!timeout.isZero() && !timeout.isNegative()) {
        wait.park(timeout);
      }
    } finally {
      wait.unlisten();
    }
    return wait.state == DONE;
  }

  private void park() throws InterruptedException {
    while (state == WAITING) {
      LockSupport.park(this);
      throwIfInterrupted();
    }
  }

  private void park(Duration timeout) throws InterruptedException {
    TimeSource time = ctx.path.time();
    if (time == TimeSource.system()) {
      parkNanos(timeout.toNanos());
      return;
    }
    Ctx.Registration timer = time.schedule(this::timeOver, timeout);
    try {
      park();
    } finally {
      ForeignCode.unregister(timer);
    }
  }

  private void parkNanos(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    for (long left = nanos; state == WAITING; left = nanos - (System.nanoTime() - start)) {
      if (left <= 0) {
        timeOver();
      } else {
        LockSupport.parkNanos(this, left);
        throwIfInterrupted();
      }
    }
  }

  private static void throwIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  protected void onDone(CtxException err) {
    end(DONE);
  }

  /** Its callback may still be on its way where ctx was done before. */
  private void timeOver() {
    Cancellation done = ctx.end();
    if (done == null) {
      end(TIME_OVER);
    } else {
      done.awaitSettled();
      end(DONE);
    }
  }

  private void end(int how) {
    if (STATE.compareAndSet(this, WAITING, how)) {
      LockSupport.unpark(waiter);
    }
  }
}

package io.ctx4j.spi;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs the library's own tasks after a delay, apart from foreign code (C19).
 *
 * <p>A task of {@code TimeSource.system()} waits for a thread behind callbacks and supplied causes,
 * and with 256 of them blocked for ever. One of these has threads that only the library's own words
 * are called on. A listener that is to be called there at its context's deadline says so by
 * {@link DoneListener#runsApart()}, and has to be the first that is registered.
 */
public final class LibraryTimer {
  private static final String THREAD = "ctx4j-own-worker";

  private LibraryTimer() {}

  /**
   * Whether this is one of those threads: what may block, as a cancellation can, has to be called
   * on another.
   */
  public static boolean isHere() {
    return Thread.currentThread().getName().equals(THREAD);
  }

  /**
   * Runs the task once on the system's time; it may block only where a subscriber does.
   *
   * @return takes the task off again
   */
  public static Ctx.Registration schedule(Runnable task, Duration delay) {
    var alarm = new Alarm(task);
    CancelCtx timer = Ctx.background().withTimeout(delay);
    return alarm.set(timer);
  }

  /** Its context is nobody else's, so that only its time, or this, ends it. */
  private static final class Alarm extends DoneListener implements Ctx.Registration {
    private @Nullable Runnable task;
    private @Nullable CancelCtx timer;

    Alarm(Runnable task) {
      this.task = requireNonNull(task, "task");
    }

    Alarm set(CancelCtx timer) {
      this.timer = timer;
      if (!listen(timer)) { // the delay was over at once
        run();
      }
      return this;
    }

    @Override
    protected boolean runsApart() {
      return true;
    }

    @Override
    protected void onDone(CtxException err) {
      run();
    }

    private void run() {
      Runnable task = requireNonNull(this.task);
      this.task = null;
      timer = null;
      task.run();
    }

    @Override
    public boolean unregister() {
      CancelCtx timer = this.timer;
      boolean first = unlisten();
      if (first && timer != null) {
        timer.cancel();
        this.timer = null;
        task = null;
      }
      return first;
    }
  }
}

package io.ctx4j;

import io.ctx4j.testing.LateErrors;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Records what is reported to an uncaught-exception handler, and puts the handler before back. */
final class Uncaught implements LateErrors {
  private final List<Throwable> reported = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final Runnable restore;

  private Uncaught(Runnable restore) {
    this.restore = restore;
  }

  /** What this thread reports. */
  static Uncaught here() {
    Thread thread = Thread.currentThread();
    var uncaught = new Uncaught(() -> thread.setUncaughtExceptionHandler(null));
    thread.setUncaughtExceptionHandler(uncaught::record);
    return uncaught;
  }

  /** What all threads report that have no handler of their own. */
  static Uncaught everywhere() {
    @Nullable UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    var uncaught = new Uncaught(() -> Thread.setDefaultUncaughtExceptionHandler(before));
    Thread.setDefaultUncaughtExceptionHandler(uncaught::record);
    return uncaught;
  }

  private void record(Thread thread, Throwable thrown) {
    threads.add(thread);
    reported.add(thrown);
  }

  @Override
  public List<Throwable> errors() {
    return reported;
  }

  List<Throwable> reported() {
    return reported;
  }

  List<Thread> threads() {
    return threads;
  }

  @Override
  public void close() {
    restore.run();
  }

  /** Throws anything, from where the compiler would not let it pass. */
  static void sneak(Throwable thrown) {
    Uncaught.<RuntimeException>cast(thrown);
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void cast(Throwable thrown) throws X {
    throw (X) thrown;
  }
}

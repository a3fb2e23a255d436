package io.ctx4j;

/**
 * What callbacks, subscribers, suppliers and time sources throw at the library: it goes no further.
 */
final class ForeignCode {
  private ForeignCode() {}

  /** Where everything goes that foreign code throws at us (C8). */
  static void report(Throwable thrown) {
    Thread thread = Thread.currentThread();
    try {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    } catch (Throwable ignored) {
      // as the JVM does with what a handler throws
    }
  }

  /** Takes a task off the time source that has it; what that throws is reported (C35). */
  static void unregister(Ctx.Registration timer) {
    try {
      timer.unregister();
    } catch (Throwable e) {
      report(e);
    }
  }
}

package io.ctx4j;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * The threads of the library: what they begin with, and how foreign code finds each of them (C20).
 */
final class LibraryThreads {
  private static final ClassLoader LOADER = ClassLoader.getSystemClassLoader();

  private LibraryThreads() {}

  /**
   * A daemon thread that inherits nothing of who happened to need it first: no thread-locals, no
   * class loader, no group, no priority, and on JDK 17 no access-control context, which would hold
   * the class loaders on the stack.
   */
  @SuppressWarnings({"removal", "ThreadPriorityCheck"}) // to have the usual one
  static Thread newThread(Runnable task, String name) {
    return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
      var thread = new Thread(topmostGroup(), task, name, 0, false);
      thread.setDaemon(true);
      thread.setPriority(Thread.NORM_PRIORITY);
      thread.setContextClassLoader(LOADER);
      return thread;
    });
  }

  private static ThreadGroup topmostGroup() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    for (ThreadGroup above = group.getParent(); above != null; above = above.getParent()) {
      group = above;
    }
    return group;
  }

  /**
   * Takes off the calling thread, which is the library's, what foreign code has left there: context
   * class loader, priority, handler, and an interrupt, which came for that code or was left by it.
   */
  @SuppressWarnings("ThreadPriorityCheck")
  static void reset() {
    Thread thread = Thread.currentThread();
    if (thread.getContextClassLoader() != LOADER) {
      thread.setContextClassLoader(LOADER);
    }
    if (thread.getPriority() != Thread.NORM_PRIORITY) {
      thread.setPriority(Thread.NORM_PRIORITY);
    }
    thread.setUncaughtExceptionHandler(null);
    Thread.interrupted();
  }
}

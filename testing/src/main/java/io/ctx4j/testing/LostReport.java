package io.ctx4j.testing;

import static java.util.Objects.requireNonNull;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Prints where what is reported as lost was made: "lost Type.method"; for a JVM of its own, as
 * whether there are reports is asked for once.
 */
public final class LostReport extends Handler {
  private final Set<String> places = ConcurrentHashMap.newKeySet();

  /** Held here, or the collector could take a logger with its handler. */
  private final Logger logger;

  private LostReport(Logger logger) {
    this.logger = logger;
  }

  /** Takes, from here on, what that logger would print. */
  public static LostReport of(String logger) {
    var report = new LostReport(Logger.getLogger(logger));
    report.logger.setUseParentHandlers(false);
    report.logger.addHandler(report);
    return report;
  }

  /**
   * Drops things until one is reported, by when all is known to be lost that was before it.
   *
   * @param method in which they are made
   * @param other makes one that is not dropped, of which some let a report out
   */
  public void awaitLost(String method, Runnable drop, Runnable other) {
    for (int i = 0; i < 2_000 && !places.contains(method); i++) {
      drop.run();
      System.gc();
      for (int k = 0; k < 100; k++) {
        other.run();
      }
    }
  }

  @Override
  public void publish(LogRecord record) {
    StackTraceElement made = requireNonNull(record.getThrown()).getStackTrace()[0];
    String type = made.getClassName();
    System.out.println(
        "lost " + type.substring(type.lastIndexOf('.') + 1) + "." + made.getMethodName());
    places.add(made.getMethodName());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}

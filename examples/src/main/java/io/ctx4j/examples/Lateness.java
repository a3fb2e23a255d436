package io.ctx4j.examples;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How late a thread of this machine is with a little work, which no service on it can undercut.
 *
 * <p>A thread of its own sleeps, works for 10 ms of the processor's time, and sees by the clock how
 * long both took: a machine that has more to do than it can wakes a sleeper in time, but does not
 * let it finish.
 */
final class Lateness {
  private static final long NAP_NANOS = Duration.ofMillis(90).toNanos();
  private static final long WORK_NANOS = Duration.ofMillis(10).toNanos();

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private long worstNanos;

  Lateness() {
    Thread thread = new Thread(this::measure, "lateness");
    thread.setDaemon(true);
    thread.start();
  }

  private void measure() {
    while (true) {
      long start = System.nanoTime();
      LockSupport.parkNanos(NAP_NANOS);
      long worked = threads.getCurrentThreadCpuTime();
      while (threads.getCurrentThreadCpuTime() - worked < WORK_NANOS) {
        Thread.onSpinWait();
      }
      note(System.nanoTime() - start - NAP_NANOS - WORK_NANOS);
    }
  }

  private synchronized void note(long nanos) {
    worstNanos = Math.max(worstNanos, nanos);
  }

  /** The worst since it was asked for the last time. */
  synchronized Duration worst() {
    Duration worst = Duration.ofNanos(Math.max(0, worstNanos));
    worstNanos = 0;
    return worst;
  }
}

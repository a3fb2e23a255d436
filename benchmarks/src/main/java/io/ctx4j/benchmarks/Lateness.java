package io.ctx4j.benchmarks;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;

/**
 * How late deadlines are, and how often the timer wakes up for nothing.
 *
 * <p>100,000 deadlines, at random moments within two seconds, each with a callback that reads the
 * clock; the same by the JDK's scheduled pool on one thread, the raw timer of the platform. In
 * turns, three times; the median of the 99th percentiles counts. A program of its own. Prints lines
 * of a name and a number each, lateness in milliseconds.
 */
final class Lateness {
  private static final int DEADLINES = 100_000;
  private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Until the first of them, so that all are made before. */
  private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int ROUNDS = 3;

  private Lateness() {}

  public static void main(String[] args) throws InterruptedException {
    var timer = new ScheduledThreadPoolExecutor(1);
    double[] ours = new double[ROUNDS];
    double[] raw = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) { // the first warms up
      double oursMillis = p99Millis((task, delayNanos) -> {
        CancelCtx ctx = Ctx.background().withTimeout(Duration.ofNanos(delayNanos));
        ctx.onDone(task);
      });
      double rawMillis = p99Millis((task, delayNanos) -> {
        Future<?> unused = timer.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      });
      if (round >= 0) {
        ours[round] = oursMillis;
        raw[round] = rawMillis;
      }
    }
    timer.shutdownNow();
    print("p99.ctx4j", median(ours));
    print("p99.raw", median(raw));

    CancelCtx far = Ctx.background().withTimeout(Duration.ofHours(1));
    print("wakeups.far", wakeUps());
    far.cancel();
    print("wakeups.none", wakeUps());
    System.exit(0);
  }

  private interface Timer {
    void set(Runnable task, long delayNanos);
  }

  private static double p99Millis(Timer timer) throws InterruptedException {
    var random = new Random(42);
    var lateNanos = new AtomicLongArray(DEADLINES);
    var open = new CountDownLatch(DEADLINES);
    long start = System.nanoTime() + LEAD_NANOS;
    for (int i = 0; i < DEADLINES; i++) {
      int index = i;
      long due = start + (long) (random.nextDouble() * SPAN_NANOS);
      timer.set(
          () -> {
            lateNanos.set(index, System.nanoTime() - due);
            open.countDown();
          },
          due - System.nanoTime());
    }
    open.await();
    long[] sorted = new long[DEADLINES];
    Arrays.setAll(sorted, lateNanos::get);
    Arrays.sort(sorted);
    return sorted[DEADLINES / 100 * 99] / 1e6;
  }

  /** How often our threads went to wait within three seconds; one that has ended does not. */
  private static double wakeUps() throws InterruptedException {
    TimeUnit.SECONDS.sleep(5); // workers end, and the timer sees what is left
    Map<Long, Long> before = waits();
    TimeUnit.SECONDS.sleep(3);
    return waits().entrySet().stream()
        .mapToLong(thread -> thread.getValue() - before.getOrDefault(thread.getKey(), 0L))
        .sum();
  }

  private static Map<Long, Long> waits() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("ctx4j-"))
        .collect(Collectors.toMap(ThreadInfo::getThreadId, ThreadInfo::getWaitedCount));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void print(String name, double number) {
    System.out.println(name + ' ' + number);
  }
}

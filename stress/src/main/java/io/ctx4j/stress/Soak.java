package io.ctx4j.stress;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Everything that contexts can do, for minutes, under parents that live on: {@code stress/run
 * soak}.
 *
 * <p>Every few seconds the heap is collected and measured. What a live parent keeps of what has
 * come and gone (C25, R3, X1) would be a floor that rises: the lowest measure of the last third is
 * held against that of the first, after a warm-up. Writes {@code soak.svg}.
 */
final class Soak {
  private static final int THREADS = 2;
  private static final Duration BETWEEN = Duration.ofSeconds(2);

  /** Less than an object of 24 bytes for every thousand turns of a soak of ten minutes. */
  private static final long NOISE = 512 * 1024;

  /** The heap's floor, in bytes, and the turns taken, so long after the start. */
  record Sample(long nanos, long used, long turns) {
    double minutes() {
      return nanos / 60e9;
    }

    double megabytes() {
      return used / 1e6;
    }
  }

  private final LongAdder turns = new LongAdder();
  private volatile boolean over;

  private Soak() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    double minutes = args.length > 0 ? Double.parseDouble(args[0]) : 10;
    Path chart = Path.of(args.length > 1 ? args[1] : "soak.svg");
    List<Sample> samples = new Soak().run((long) (minutes * 60e9));
    HeapChart.write(samples, chart);
    long first = floor(samples.subList(0, samples.size() / 3));
    long last = floor(samples.subList(samples.size() - samples.size() / 3, samples.size()));
    boolean grows = last - first > NOISE;
    System.out.printf(
        Locale.ROOT,
        "%,d turns; floor %.2f MB in the first third, %.2f MB in the last: %s%n",
        samples.get(samples.size() - 1).turns(),
        first / 1e6,
        last / 1e6,
        grows ? "GROWS" : "no growth");
    System.exit(grows ? 1 : 0);
  }

  private static long floor(List<Sample> samples) {
    return samples.stream().mapToLong(Sample::used).min().orElseThrow();
  }

  private List<Sample> run(long nanos) throws InterruptedException {
    var ended = new CountDownLatch(THREADS);
    try (var parents = new SoakTurns()) {
      for (int i = 0; i < THREADS; i++) {
        long seed = i;
        Thread thread = new Thread(() -> turn(parents, seed, ended), "soak " + i);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((failed, e) -> {
          e.printStackTrace();
          System.exit(2);
        });
        thread.start();
      }
      measure(nanos / 6); // until what is compiled and loaded later is little
      List<Sample> samples = measure(nanos);
      over = true;
      if (!ended.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("stuck");
      }
      return samples;
    }
  }

  private void turn(SoakTurns parents, long seed, CountDownLatch ended) {
    var random = new SplittableRandom(seed);
    while (!over) {
      parents.take(random);
      turns.increment();
    }
    ended.countDown();
  }

  private List<Sample> measure(long nanos) throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    long start = System.nanoTime();
    for (long now = start; now - start < nanos || samples.size() < 3; now = System.nanoTime()) {
      Thread.sleep(BETWEEN.toMillis());
      var sample = new Sample(System.nanoTime() - start, used(), turns.sum());
      samples.add(sample);
      if (samples.size() % 5 == 1) {
        System.out.printf(
            Locale.ROOT,
            "%5.2f min %8.2f MB %,15d turns%n",
            sample.minutes(),
            sample.megabytes(),
            sample.turns());
      }
    }
    return samples;
  }

  /** What is under way while it is measured is garbage soon: the least of some measures counts. */
  private static long used() {
    // total less free memory are two readings, between which the heap may shrink
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      used = Math.min(used, memory.getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}

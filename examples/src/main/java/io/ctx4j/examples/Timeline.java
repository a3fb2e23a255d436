package io.ctx4j.examples;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.Supplier;

/** Tells what happens as it happens, and keeps count of what was not as promised. */
final class Timeline {

  /**
   * What is promised within 100 ms is judged on a machine that is no later itself than half of
   * that.
   */
  private static final Duration JUDGED_UP_TO = Duration.ofMillis(50);

  private final PrintStream out;
  private final Supplier<Duration> lateness;
  private long start = System.nanoTime();
  private Duration late = Duration.ZERO;
  private int steps;
  private int broken;
  private int notJudged;

  /** @param lateness how late the machine was since it was asked for the last time */
  Timeline(PrintStream out, Supplier<Duration> lateness) {
    this.out = out;
    this.lateness = lateness;
  }

  /** Begins a step, from which its lines count their time. */
  void step(String title) {
    steps++;
    out.printf("%n%d. %s%n", steps, title);
    Duration unused = lateness.get(); // counts from here
    late = Duration.ZERO;
    start = System.nanoTime();
  }

  void say(String line) {
    out.printf("   %5d ms  %s%n", (System.nanoTime() - start) / 1_000_000, line);
  }

  /** Says what was promised, and whether it was kept. */
  void promise(boolean kept, String what) {
    if (!kept) {
      broken++;
    }
    out.printf("             %s %s%n", kept ? "[kept]  " : "[BROKEN]", what);
  }

  /** A promise about time: it is judged only if the machine has kept up in this step. */
  void promiseInTime(boolean kept, String what) {
    Duration since = lateness.get();
    late = since.compareTo(late) > 0 ? since : late;
    if (kept || late.compareTo(JUDGED_UP_TO) <= 0) {
      promise(kept, what);
    } else {
      notJudged++;
      out.printf(
          "             [not judged, the machine is %d ms late] %s%n", late.toMillis(), what);
    }
  }

  int notJudged() {
    return notJudged;
  }

  int broken() {
    return broken;
  }
}

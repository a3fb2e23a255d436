package io.ctx4j.examples;

import java.io.PrintStream;

/** Tells what happens as it happens, and keeps count of what was not as promised. */
final class Timeline {

  private final PrintStream out;
  private long start = System.nanoTime();
  private int steps;
  private int broken;

  Timeline(PrintStream out) {
    this.out = out;
  }

  /** Begins a step, from which its lines count their time. */
  void step(String title) {
    steps++;
    out.printf("%n%d. %s%n", steps, title);
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

  int broken() {
    return broken;
  }
}

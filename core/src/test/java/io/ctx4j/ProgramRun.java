package io.ctx4j;

import io.ctx4j.RandomProgram.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a program on contexts of some make, and says after each step what can be seen of them. */
abstract class ProgramRun {
  private final List<String> log = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();

  /** The callbacks that were called in this step, in order. */
  private final List<Integer> fired = new ArrayList<>();

  /** The same of each step before. */
  final List<List<Integer>> orders = new ArrayList<>();

  /** A line for each thing that was seen. */
  final List<String> run(RandomProgram program) {
    look();
    log.clear();
    for (int i = 0; i < program.steps.size(); i++) {
      Step step = program.steps.get(i);
      log.add("step " + i);
      String result = apply(step);
      if (result != null) {
        log.add(result);
      }
      fired.stream().sorted().forEach(id -> log.add(String.format("fired %03d", id)));
      orders.add(List.copyOf(fired));
      fired.clear();
      look();
    }
    return log;
  }

  private void look() {
    for (int n = 0; n < size(); n++) {
      if (n == seen.size()) {
        seen.add("");
      }
      String now = state(n);
      if (!now.equals(seen.get(n))) {
        seen.set(n, now);
        log.add("node " + n + " " + now);
      }
    }
  }

  final void fired(int id) {
    fired.add(id);
  }

  /** Does the step, and says what it returned, if anything that counts. */
  abstract @Nullable String apply(Step step);

  abstract int size();

  abstract String state(int n);

  static String cause(int n) {
    return "c" + n;
  }
}

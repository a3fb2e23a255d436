package io.ctx4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures everything in one run, then prints the table and writes the page and the chart.
 *
 * <p>Each benchmark has a process of its own, and in a full run two, at different times; a figure
 * is the median over all iterations of both. From the root of the repository:
 * {@code benchmarks/run}.
 */
final class Run {
  /** What can be done once to what was set up. */
  private static final List<String> ONCE =
      List.of(FanOut.class.getSimpleName(), Endings.class.getSimpleName());

  private static final Path DOCS = Path.of("docs");
  private static final String PAGE = "benchmarks.md";
  private static final String CHART = "benchmarks.svg";

  private static final int ROUNDS = 2;
  private static final int WARM_UPS = 3;
  private static final int WARM_UP_MILLIS = 500;
  private static final int ITERATIONS = 5;
  private static final int MILLIS = 400;
  private static final int SHOTS = 7;

  private final Figures figures = new Figures();
  private final boolean quick;

  private Run(boolean quick) {
    this.quick = quick;
  }

  private String how() {
    return quick
        ? "a rough pass, of which nothing but the orders of magnitude holds"
        : ("a process of 2 GB for each benchmark and round, %d rounds, %d × %d ms to warm up and %d × %d ms"
                + " measured; a million children are canceled, and a million streams ended, %d times a round")
            .formatted(ROUNDS, WARM_UPS, WARM_UP_MILLIS, ITERATIONS, MILLIS, SHOTS);
  }

  public static void main(String[] args) throws IOException, RunnerException {
    if (List.of(args).equals(List.of("chart"))) {
      Chart.write(Figures.of(Files.readString(DOCS.resolve(PAGE))), DOCS.resolve(CHART));
      return;
    }
    boolean quick = Arrays.asList(args).contains("quick");
    String[] some = Arrays.stream(args).filter(arg -> !arg.equals("quick")).toArray(String[]::new);
    new Run(quick).run(some);
  }

  private void run(String[] some) throws IOException, RunnerException {
    var page = new Page(figures, Go.version(), how());
    for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
      jmh(some);
    }
    programs(some);
    if (some.length > 0) {
      System.out.println(page.some());
      return;
    }
    if (page.hasGo()) {
      Go.measure(figures, quick);
    }
    System.out.println(page.table());
    Path to = quick ? Path.of("benchmarks", "target") : DOCS;
    Chart.write(figures, to.resolve(CHART));
    Files.writeString(to.resolve(PAGE), page.text());
    System.out.println("written: " + to.resolve(PAGE));
  }

  private void jmh(String[] some) throws RunnerException {
    var steady = options(some);
    ONCE.forEach(name -> steady.exclude(name + "\\."));
    steady.warmupTime(TimeValue.milliseconds(quick ? 300 : WARM_UP_MILLIS));
    steady.measurementTime(TimeValue.milliseconds(quick ? 200 : MILLIS));
    measure(steady.warmupIterations(WARM_UPS).measurementIterations(quick ? 3 : ITERATIONS));
    for (String name : ONCE) {
      if (some.length == 0 || String.join("", some).contains(name)) {
        var once = new OptionsBuilder().include(name + "\\.");
        add(common(once).warmupIterations(4).measurementIterations(quick ? 3 : SHOTS));
      }
    }
  }

  private void programs(String[] some) throws IOException {
    if (isWanted(some, HeapBytes.class)) {
      Programs.measure(figures, HeapBytes.class, "-Xms1g", "-Xmx1g", "-XX:+UseSerialGC");
    }
    if (isWanted(some, Lateness.class)) {
      // so much that no collection comes in between: that would be measured, and not a timer
      Programs.measure(
          figures, Lateness.class, "-Xms1g", "-Xmx1g", "-Xmn800m", "-XX:+AlwaysPreTouch");
    }
    if (isWanted(some, Saturation.class)) {
      Programs.measure(figures, Saturation.class);
    }
    if (isWanted(some, GrpcCalls.class)) {
      GrpcCalls.measure(figures, quick);
    }
    if (isWanted(some, Statements.class)) {
      Statements.measure(figures, quick);
    }
  }

  private static boolean isWanted(String[] some, Class<?> program) {
    return some.length == 0
        || Stream.of(some)
            .anyMatch(
                regex -> Pattern.compile(regex).matcher(program.getName() + '.').find());
  }

  private static ChainedOptionsBuilder options(String[] some) {
    ChainedOptionsBuilder options = new OptionsBuilder();
    for (String regex : some) {
      options = options.include(regex);
    }
    return common(options);
  }

  /**
   * The heap is touched before: else the first pass through it measures the kernel's page faults.
   */
  private static ChainedOptionsBuilder common(ChainedOptionsBuilder options) {
    return options
        .forks(1)
        .shouldFailOnError(true)
        .jvmArgs("-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch");
  }

  /** Not of what happens once: there the profilers would count what sets it up. */
  private void measure(ChainedOptionsBuilder options) throws RunnerException {
    add(options.addProfiler(GCProfiler.class).addProfiler(CpuTime.class));
  }

  private void add(ChainedOptionsBuilder options) throws RunnerException {
    try {
      new Runner(options.build()).run().forEach(figures::add);
    } catch (NoBenchmarksException e) {
      // of some, all are programs
    }
  }
}

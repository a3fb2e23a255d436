package io.ctx4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Go's own context, measured by whatever {@code go} is installed. */
final class Go {
  private static final Path TESTS = Path.of("benchmarks", "go");
  private static final Pattern LINE = Pattern.compile("Benchmark(\\w+?)(?:-\\d+)?\\s+\\d+\\s+(.*)");
  private static final Pattern METRIC = Pattern.compile("([\\d.]+) (\\S+)");

  private Go() {}

  /** Returns its version; empty: there is none, and that was said. */
  static Optional<String> version() {
    try {
      String version = String.join(" ", Programs.run(TESTS, List.of("go", "version")));
      return Optional.of(version.replace("go version ", ""));
    } catch (IOException e) {
      System.out.println("no go here: its rows are skipped");
      return Optional.empty();
    }
  }

  static void measure(Figures figures, boolean quick) throws IOException {
    List<String> command = List.of(
        "go",
        "test",
        "-run=-",
        "-bench=.",
        "-benchmem",
        quick ? "-benchtime=100ms" : "-benchtime=500ms",
        quick ? "-count=3" : "-count=7");
    for (String line : Programs.run(TESTS, command)) {
      Matcher benchmark = LINE.matcher(line);
      if (!benchmark.matches()) {
        continue;
      }
      String name = "Go." + benchmark.group(1);
      Map<String, Double> metrics = METRIC
          .matcher(benchmark.group(2))
          .results()
          .collect(Collectors.toMap(
              metric -> metric.group(2), metric -> Double.valueOf(metric.group(1))));
      String unit = metrics.containsKey("ns/child") ? "/child" : "/op";
      add(figures, name, metrics.get("ns" + unit));
      add(figures, Figures.cpu(name), metrics.get("cpu-ns" + unit));
      if (unit.equals("/op")) {
        add(figures, Figures.bytes(name), metrics.get("B/op"));
      }
    }
  }

  private static void add(Figures figures, String name, @Nullable Double value) {
    if (value != null) {
      figures.add(name, value);
    }
  }
}

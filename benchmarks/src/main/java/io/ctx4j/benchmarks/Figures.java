package io.ctx4j.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** All that a run has measured: samples by name, of which the median counts. */
final class Figures {
  private final Map<String, List<Double>> samples = new TreeMap<>();

  /** What a row asks for was not measured in this run. */
  static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1;

    Missing(String name) {
      super(name + " was not measured");
    }
  }

  void add(String name, double sample) {
    samples.computeIfAbsent(name, absent -> new ArrayList<>()).add(sample);
  }

  /** Reads the medians of a page that a run has written. */
  static Figures of(String page) {
    var figures = new Figures();
    for (Topic topic : Topic.ALL) {
      figures.add(page, topic, "**ctx4j**", topic.ours());
      for (Topic.Peer peer : topic.peers()) {
        figures.add(page, topic, peer.library() + ", " + peer.how(), peer.name());
      }
    }
    return figures;
  }

  private void add(String page, Topic topic, String by, String name) {
    String line = "\n| " + topic.title() + " | " + by + " | ";
    int found = page.indexOf(line);
    if (found >= 0) {
      int median = found + line.length();
      add(name, Double.parseDouble(page.substring(median, page.indexOf(' ', median))));
    }
  }

  /**
   * Adds {@code Class.method:parameter}, in nanoseconds, its CPU time ({@link #cpu}) and
   * {@link #bytes}.
   */
  void add(RunResult run) {
    BenchmarkParams params = run.getParams();
    String benchmark = params.getBenchmark();
    var name = new StringBuilder(
        benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1));
    params.getParamsKeys().forEach(key -> name.append(':').append(params.getParam(key)));
    run.getBenchmarkResults().forEach(fork -> {
      for (IterationResult iteration : fork.getIterationResults()) {
        add(name.toString(), iteration.getPrimaryResult().getScore());
        add(iteration, "gc.alloc.rate.norm", bytes(name.toString()));
        add(iteration, CpuTime.NAME, cpu(name.toString()));
      }
    });
  }

  private void add(IterationResult iteration, String measured, String name) {
    Result<?> result = iteration.getSecondaryResults().get(measured);
    if (result != null) {
      add(name, result.getScore());
    }
  }

  static String cpu(String name) {
    return name + " cpu";
  }

  static String bytes(String name) {
    return name + " B";
  }

  boolean has(String name) {
    return samples.containsKey(name);
  }

  double median(String name) {
    double[] sorted = sorted(name);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Half of the distance between the quartiles, in percent of the median. */
  double spreadPercent(String name) {
    double[] sorted = sorted(name);
    int quarter = sorted.length / 4;
    return (sorted[sorted.length - 1 - quarter] - sorted[quarter]) / 2 / median(name) * 100;
  }

  double ratio(String name, String to) {
    return median(name) / median(to);
  }

  /**
   * The ratio in the middle of those of samples that were taken beside each other: a machine that
   * is slower for seconds at a time is so for both of a pair.
   */
  double ratioOfPairs(String name, String to) {
    List<Double> others = inOrder(to);
    List<Double> own = inOrder(name);
    var ratios = new Figures();
    for (int i = 0; i < own.size() && i < others.size(); i++) {
      ratios.add(name, own.get(i) / others.get(i));
    }
    return ratios.median(name);
  }

  /** What one adds to a base, as a ratio to what another adds. */
  double added(String name, String to, String base) {
    return (median(name) - median(base)) / (median(to) - median(base));
  }

  /** The same run, told in CPU time where that was measured; what was not is missing. */
  Figures inCpuTime() {
    var same = new Figures();
    samples.forEach((name, values) -> {
      if (name.endsWith(cpu(""))) {
        same.samples.put(name.substring(0, name.length() - cpu("").length()), values);
      }
    });
    return same;
  }

  private List<Double> inOrder(String name) {
    if (!has(name)) {
      throw new Missing(name);
    }
    return requireNonNull(samples.get(name));
  }

  private double[] sorted(String name) {
    double[] sorted = inOrder(name).stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}

package io.ctx4j.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a run says: the table, what we lose, all figures, and where and how they were measured. */
final class Page {
  private final Figures figures;
  private final Optional<String> go;
  private final String how;
  private final double loadBefore =
      ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();

  Page(Figures figures, Optional<String> go, String how) {
    this.figures = figures;
    this.go = go;
    this.how = how;
  }

  boolean hasGo() {
    return go.isPresent();
  }

  /** What some benchmarks give: the rows that they suffice for, and their figures. */
  String some() {
    return table(false) + '\n' + all();
  }

  String table() {
    return table(true);
  }

  private String table(boolean whole) {
    var out =
        new StringBuilder("| # | measure | against | figure | by CPU time | target | verdict |\n");
    out.append("|---|---|---|---|---|---|---|\n");
    Figures cpu = figures.inCpuTime();
    for (Row row : Row.ALL) {
      if (!whole && !row.isMeasured(figures)) {
        continue;
      }
      out.append("| ").append(row.number());
      out.append(" | ").append(row.measure());
      out.append(" | ").append(row.against());
      out.append(" | ").append(row.value(figures));
      out.append(" | ").append(row.byCpuTime(cpu));
      out.append(" | ").append(row.target());
      out.append(" | ").append(row.verdict(figures)).append(" |\n");
    }
    return out.toString();
  }

  String text() throws IOException {
    return """
        # Benchmarks

        What ctx4j costs, beside what others cost, measured in one run. This page was written by that run:
        `benchmarks/run`, half an hour on two quiet cores; `benchmarks/run quick` is a rough pass. Ratios travel,
        nanoseconds do not: compare within this page only.

        ![What ctx4j and its peers take for the same](benchmarks.svg)

        ## The table

        A ratio is the median of the measure by that of what it is held against, in row 16 the median of the ratios of
        turns beside each other; the verdict is on that. Beside it stands the same ratio by the CPU time of the processes,
        which a busy machine disturbs less.

        %s
        ## What we lose

        %s
        ## All figures

        Medians, with what is allocated for each where that was seen, and half of the distance between the
        quartiles in percent.

        %s
        ## Where and how

        %s""".formatted(table(), losses(), all(), where());
  }

  private String losses() {
    var out = new StringBuilder();
    for (Topic topic : Topic.ALL) {
      if (!figures.has(topic.ours())) {
        continue;
      }
      for (Topic.Peer peer : topic.peers()) {
        if (!peer.library().equals("ctx4j")
            && figures.has(peer.name())
            && figures.median(peer.name()) < figures.median(topic.ours())) {
          out.append("- ").append(topic.title()).append(": ");
          out.append(peer.library()).append(" (").append(peer.how()).append(") ");
          out.append(figure(peer.name(), topic.unit())).append(", ctx4j ");
          out.append(figure(topic.ours(), topic.unit())).append('\n');
        }
      }
    }
    return out.isEmpty() ? "Nothing, in this run.\n" : out.toString();
  }

  private String all() {
    var out = new StringBuilder(
        "| what | by | median | CPU time | allocated | ± % |\n|---|---|---|---|---|---|\n");
    for (Topic topic : Topic.ALL) {
      if (!topic.raw().equals(topic.ours())) {
        line(out, topic, "nothing", topic.raw());
      }
      line(out, topic, "**ctx4j**", topic.ours());
      for (Topic.Peer peer : topic.peers()) {
        line(out, topic, peer.library() + ", " + peer.how(), peer.name());
      }
    }
    return out.toString();
  }

  private void line(StringBuilder out, Topic topic, String by, String name) {
    if (!figures.has(name)) {
      return;
    }
    out.append("| ").append(topic.title()).append(" | ").append(by);
    out.append(" | ").append(figure(name, topic.unit())).append(" | ");
    String cpu = Figures.cpu(name);
    out.append(figures.has(cpu) ? figure(cpu, topic.unit()) : "–").append(" | ");
    String bytes = Figures.bytes(name);
    out.append(figures.has(bytes) ? Math.round(figures.median(bytes)) + " B" : "–");
    out.append(" | ").append(Math.round(figures.spreadPercent(name))).append(" |\n");
  }

  private String figure(String name, String unit) {
    return number(figures.median(name)) + ' ' + unit;
  }

  private String where() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(LocalDate.now(ZoneOffset.UTC) + ", " + processor() + ", "
        + Runtime.getRuntime().availableProcessors() + " cores, " + property("os.name") + ' '
        + property("os.arch") + "; load average before the run " + number(loadBefore));
    lines.add(property("java.vm.name") + ' ' + property("java.vm.version") + ", "
        + ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .collect(Collectors.joining(", ")));
    lines.add(versions());
    lines.add(go.map(version -> "Go: " + version).orElse("no Go here: its rows are not measured"));
    lines.add("JMH: " + how);
    lines.add("bytes: the used heap after a collection, before and after many of them were made");
    lines.add(
        "lateness: the p99 of 100,000 callbacks against when they were due, the median of three"
            + " rounds, in turns with the JDK's scheduled pool: " + jdkLateness());
    lines.add("a gRPC call, and a statement: the ways to do it by turns of " + Turns.TURN.toMillis()
        + " ms, in " + Turns.ROUNDS + " rounds");
    lines.add("a bare subscriber asks for everything and keeps the last element");
    return lines.stream().map(line -> "- " + line + '\n').collect(Collectors.joining());
  }

  private String jdkLateness() {
    String name = "Lateness.p99.raw";
    return figures.has(name) ? figure(name, "ms") : "not measured";
  }

  private static String versions() throws IOException {
    var versions = new Properties();
    try (InputStream in = Page.class.getResourceAsStream("versions.properties")) {
      versions.load(in);
    }
    var sorted = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    versions.stringPropertyNames().forEach(name -> sorted.put(name, versions.getProperty(name)));
    return sorted.entrySet().stream()
        .map(version -> version.getKey() + ' ' + version.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String processor() {
    Path info = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(info)) {
      return property("os.arch");
    }
    try (BufferedReader lines = Files.newBufferedReader(info)) {
      return lines
          .lines()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(property("os.arch"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }

  /** Three digits that count. */
  static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e6) {
      return Long.toString((long) value);
    }
    int whole = (int) Math.log10(Math.max(1, Math.abs(value))) + 1;
    return new BigDecimal(value)
        .round(new MathContext(Math.max(3, whole)))
        .stripTrailingZeros()
        .toPlainString();
  }
}

package io.ctx4j.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The same done in some ways, by turns, in processes of their own.
 *
 * <p>For what takes microseconds and waits for other threads or processes: there a busy machine, or
 * one that is slower for seconds at a time, moves figures by more than what is to be seen. The
 * turns are short and many, and there are some rounds with new processes, since two of the same
 * program are compiled differently. Ways that differ in little of what they do share a process, in
 * which that is compiled once.
 */
final class Turns implements AutoCloseable {
  static final int ROUNDS = 2;
  static final Duration TURN = Duration.ofMillis(60);

  private static final Duration WARM_UP_TURN = Duration.ofSeconds(1);
  private static final int TURNS = 20;

  private final Process process;
  private final BufferedReader output;
  private final PrintWriter input;

  private Turns(Class<?> program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"));
    command.add("-Dslf4j.internal.verbosity=ERROR");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    output = process.inputReader(US_ASCII);
    input = new PrintWriter(process.outputWriter(US_ASCII), true);
  }

  /** A way of a program, and the process that goes it. */
  private record Way(String name, Turns process) {
    String[] turn(Duration length) throws IOException {
      process.input.println(name + ' ' + length.toNanos());
      String line = process.output.readLine();
      if (line == null) {
        throw new IOException("the process has ended");
      }
      return line.split(" ", 2);
    }
  }

  /**
   * Measures a program of which each process is started with its ways, and ends in {@link #take}.
   *
   * <p>Adds {@code Program.once:WAY}, in nanoseconds, and its CPU time.
   *
   * @param processes the arguments of each, of which the first is its ways, with commas between
   *     them
   * @param warmUpTurns of each way: until what it does has been compiled
   */
  static void measure(
      Figures figures,
      Class<?> program,
      List<List<String>> processes,
      int warmUpTurns,
      boolean quick)
      throws IOException {
    for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
      List<Way> ways = new ArrayList<>();
      try {
        for (List<String> arguments : processes) {
          Turns process = new Turns(program, arguments);
          for (String way : arguments.get(0).split(",", -1)) {
            ways.add(new Way(way, process));
          }
        }
        for (int turn = 0; turn < warmUpTurns; turn++) {
          for (Way way : ways) {
            way.turn(WARM_UP_TURN);
          }
        }
        for (int turn = 0; turn < (quick ? TURNS / 2 : TURNS); turn++) {
          for (Way way : ways) {
            String name = program.getSimpleName() + ".once:" + way.name();
            String[] nanos = way.turn(TURN);
            figures.add(name, Double.parseDouble(nanos[0]));
            figures.add(Figures.cpu(name), Double.parseDouble(nanos[1]));
          }
        }
      } finally {
        ways.forEach(way -> way.process().close());
      }
    }
  }

  @Override
  public void close() {
    input.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  /** Makes the callables of some ways. */
  interface Maker {
    Callable<?> once(String way) throws Exception;
  }

  /** In such a process: goes a way over and over when it is its turn, and ends with its input. */
  static void take(String ways, Maker maker) throws Exception {
    Map<String, Callable<?>> made = new HashMap<>();
    for (String way : ways.split(",", -1)) {
      made.put(way, maker.once(way));
    }
    var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    var turns = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
    for (String line = turns.readLine(); line != null; line = turns.readLine()) {
      String[] turn = line.split(" ", 2);
      Callable<?> once = requireNonNull(made.get(turn[0]));
      long length = Long.parseLong(turn[1]);
      long cpu = machine.getProcessCpuTime();
      long start = System.nanoTime();
      long times = 0;
      long now;
      do {
        once.call();
        times++;
        now = System.nanoTime();
      } while (now - start < length);
      System.out.println((double) (now - start) / times
          + " "
          + (double) (machine.getProcessCpuTime() - cpu) / times);
    }
    System.exit(0);
  }
}

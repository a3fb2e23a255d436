package io.ctx4j.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The same done in some ways, each in a process of its own, by turns.
 *
 * <p>For what takes microseconds and waits for other threads or processes: there a busy machine, or one that is slower for
 * seconds at a time, moves figures by more than what is to be seen. The turns are short and many, and there are some rounds
 * with new processes, since two of the same program are compiled differently.
 */
final class Turns implements AutoCloseable {
  static final int ROUNDS = 2;
  static final Duration TURN = Duration.ofMillis(60);

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int TURNS = 25;

  private final Process process;
  private final BufferedReader output;
  private final PrintWriter input;

  private Turns(Class<?> program, String way, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"));
    command.add("-Dslf4j.internal.verbosity=ERROR");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName(), way));
    command.addAll(arguments);
    process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    output = process.inputReader(US_ASCII);
    input = new PrintWriter(process.outputWriter(US_ASCII), true);
  }

  /**
   * Measures a program whose main method takes a way, and the arguments, and ends in {@link #take}.
   *
   * <p>Adds {@code Program.once:WAY}, in nanoseconds, and its CPU time.
   *
   * @param warmUpSeconds of each process: until what it does has been compiled
   */
  static void measure(
      Figures figures,
      Class<?> program,
      List<String> ways,
      int warmUpSeconds,
      boolean quick,
      String... arguments)
      throws IOException {
    for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
      List<Turns> processes = new ArrayList<>();
      try {
        for (String way : ways) {
          processes.add(new Turns(program, way, List.of(arguments)));
        }
        for (int second = 0; second < warmUpSeconds; second++) {
          for (Turns each : processes) {
            each.turn(SECOND);
          }
        }
        for (int turn = 0; turn < (quick ? TURNS / 2 : TURNS); turn++) {
          for (int i = 0; i < ways.size(); i++) {
            String name = program.getSimpleName() + ".once:" + ways.get(i);
            String[] nanos = processes.get(i).turn(TURN).split(" ", 2);
            figures.add(name, Double.parseDouble(nanos[0]));
            figures.add(Figures.cpu(name), Double.parseDouble(nanos[1]));
          }
        }
      } finally {
        processes.forEach(Turns::close);
      }
    }
  }

  private String turn(Duration length) throws IOException {
    input.println(length.toNanos());
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the process has ended");
    }
    return line;
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

  /** In such a process: does it over and over when it is its turn, and ends the process with its input. */
  static void take(Callable<?> once) throws Exception {
    var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    var turns = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
    for (String line = turns.readLine(); line != null; line = turns.readLine()) {
      long length = Long.parseLong(line);
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

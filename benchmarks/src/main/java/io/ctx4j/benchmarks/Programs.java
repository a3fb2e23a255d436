package io.ctx4j.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs what wants a process of its own. */
final class Programs {
  private Programs() {}

  /** Runs one of our own programs, and adds the lines of a name and a number that it prints. */
  static void measure(Figures figures, Class<?> program, String... jvmOptions) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    for (String line : run(Path.of("."), command)) {
      int end = line.lastIndexOf(' ');
      String name = program.getSimpleName() + '.' + line.substring(0, end);
      figures.add(name, Double.parseDouble(line.substring(end + 1)));
    }
  }

  /** Runs a command, shows what it prints, and returns that; its errors go to ours. */
  static List<String> run(Path directory, List<String> command) throws IOException {
    Process process = new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    List<String> lines = new ArrayList<>();
    try (var output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        System.out.println(line);
        lines.add(line);
      }
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + " ended with " + process.exitValue());
      }
    } catch (InterruptedException e) {
      process.destroy();
      throw new IllegalStateException(e);
    }
    return lines;
  }
}

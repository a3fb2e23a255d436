package io.ctx4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, for what is read once and for what is there at its end. */
public final class Fork {
  private static final int GUARD_SECONDS = 120;

  private Fork() {}

  /** Runs the class and returns what it printed; it must end by itself, and well. */
  public static List<String> run(Class<?> main, String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    try {
      Path out = Files.createTempFile(main.getSimpleName(), ".out"); // a pipe can be full
      Process process = new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(out.toFile())
          .start();
      try {
        if (!process.waitFor(GUARD_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("does not end: " + main.getSimpleName());
        }
        List<String> lines = Files.readAllLines(out);
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines;
      } finally {
        process.destroyForcibly();
        Files.deleteIfExists(out);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

package io.ctx4j.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A program in Go, built once into a module's target, for a test that is skipped where there is no
 * Go.
 */
public final class GoProgram {
  private GoProgram() {}

  /**
   * Builds it where that has not been done; skips the test where there is no Go, or its modules are
   * not to be had.
   *
   * @param build of {@code go}: {@code build}, or {@code test -c}
   * @return the program
   */
  public static Path assumeBuilt(Path sources, String name, String... build) {
    Path program = Path.of("target", name).toAbsolutePath();
    try {
      Assumptions.assumeTrue(isThere(), "go is not installed");
      if (Files.exists(program) && isNewer(program, sources)) {
        return program;
      }
      Assumptions.assumeTrue(
          go(sources, "mod", "download") == 0, "the modules that it needs are not to be had");
      Files.createDirectories(program.getParent());
      List<String> command = new ArrayList<>(List.of(build));
      command.addAll(List.of("-o", program.toString(), "."));
      if (go(sources, command.toArray(String[]::new)) != 0) {
        throw new AssertionError(sources + " does not build");
      }
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isNewer(Path program, Path sources) throws IOException {
    try (Stream<Path> files = Files.list(sources)) {
      for (Path source : (Iterable<Path>) files::iterator) {
        if (Files.getLastModifiedTime(program).compareTo(Files.getLastModifiedTime(source)) <= 0) {
          return false;
        }
      }
      return true;
    }
  }

  private static boolean isThere() {
    try {
      return waitFor(new ProcessBuilder("go", "version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start())
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static int go(Path sources, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(List.of(arguments));
    return waitFor(
        new ProcessBuilder(command).directory(sources.toFile()).inheritIO().start());
  }

  /** Its exit status. */
  public static int waitFor(Process process) {
    try {
      if (!process.waitFor(15, TimeUnit.MINUTES)) { // a guard against a hang, not a measure
        process.destroyForcibly();
        throw new AssertionError("go hangs");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

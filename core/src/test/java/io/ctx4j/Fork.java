package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/** A JVM of its own, for what is read once and for what is there at its end. */
final class Fork {
  private Fork() {}

  /** Runs the class and returns what it printed; it must end by itself, and well. */
  static List<String> run(Class<?> main, String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(Stream.of(main, Threads.class, Ctx.class, Publisher.class, Nullable.class)
        .map(Fork::location)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
          throw new AssertionError("does not end: " + main.getSimpleName());
        }
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(out).isZero();
        return out.lines().toList();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String location(Class<?> type) {
    URL location = requireNonNull(type.getProtectionDomain().getCodeSource()).getLocation();
    try {
      return Path.of(location.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}

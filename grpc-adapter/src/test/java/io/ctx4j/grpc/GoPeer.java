package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The program in src/test/go, built once into target; a process of it ends with its test. */
final class GoPeer implements AutoCloseable {
  private static final Path SOURCES = Path.of("src/test/go");
  private static final Path PROGRAM = Path.of("target/go-peer").toAbsolutePath();

  private final Process process;
  private final BufferedReader output;

  private GoPeer(String... arguments) {
    process = start(
        command(PROGRAM.toString(), arguments).redirectError(ProcessBuilder.Redirect.INHERIT));
    output = process.inputReader();
  }

  /** Builds it where that has not been done; skips the test where there is no Go, or its modules are not to be had. */
  static void assumeBuilt() {
    try {
      Assumptions.assumeTrue(isThere(), "go is not installed");
      Path go = SOURCES.resolve("main.go");
      if (Files.exists(PROGRAM)
          && Files.getLastModifiedTime(PROGRAM).compareTo(Files.getLastModifiedTime(go)) > 0) {
        return;
      }
      Assumptions.assumeTrue(
          go("mod", "download") == 0, "the modules of grpc-go are not to be had");
      Files.createDirectories(PROGRAM.getParent());
      if (go("build", "-o", PROGRAM.toString(), ".") != 0) {
        throw new AssertionError("src/test/go does not build");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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

  private static int go(String... arguments) {
    return waitFor(start(command("go", arguments).directory(SOURCES.toFile()).inheritIO()));
  }

  private static ProcessBuilder command(String program, String... arguments) {
    var command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  private static Process start(ProcessBuilder command) {
    try {
      return command.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int waitFor(Process process) {
    try {
      if (!process.waitFor(15, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("go hangs");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A server; its first line is its port. */
  static GoPeer serve() {
    return new GoPeer("serve");
  }

  /** A client's one call; 0: no deadline. */
  static GoPeer call(int port, String method, long timeoutMillis) {
    return new GoPeer("call", "127.0.0.1:" + port, "/" + method, Long.toString(timeoutMillis));
  }

  /** Ends its input: a client cancels its call then. */
  void endInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isOver() {
    return !process.isAlive();
  }

  boolean hasLine() {
    try {
      return output.ready();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String line() {
    try {
      return requireNonNull(output.readLine(), "the peer has ended");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}

package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.GoProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in src/test/go, built once into target; a process of it ends with its test. */
final class GoPeer implements AutoCloseable {
  private static final String NAME = "go-peer";
  private static final Path PROGRAM = Path.of("target", NAME).toAbsolutePath();

  private final Process process;
  private final BufferedReader output;

  private GoPeer(String... arguments) {
    process = start(
        command(PROGRAM.toString(), arguments).redirectError(ProcessBuilder.Redirect.INHERIT));
    output = process.inputReader();
  }

  /** Skips the test where it cannot be built. */
  static void assumeBuilt() {
    var unused = GoProgram.assumeBuilt(Path.of("src/test/go"), NAME, "build");
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

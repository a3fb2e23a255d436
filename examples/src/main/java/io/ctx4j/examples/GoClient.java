package io.ctx4j.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client in src/main/go, where there is Go to build it.
 *
 * @param program what was built; null: nothing
 * @param leftOut why that was not to be
 */
record GoClient(@Nullable Path program, String leftOut) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /**
   * Builds it, on another thread: the first time that takes as long as grpc-go is to download and
   * compile.
   */
  static CompletableFuture<GoClient> build() {
    return CompletableFuture.supplyAsync(GoClient::built, task -> new Thread(task, "go").start());
  }

  private static GoClient built() {
    String sources = System.getProperty("go.client");
    if (sources == null) {
      return new GoClient(null, "nobody has said where its sources are (-Dgo.client)");
    }
    Path program = Path.of(sources, "../../../target/go-client").normalize();
    try {
      Process go = new ProcessBuilder("go", "build", "-o", program.toString(), ".")
          .directory(Path.of(sources).toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
      if (!go.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        go.destroy();
        return new GoClient(null, "go took more than " + PATIENCE.toMinutes() + " minutes for it");
      }
      return go.exitValue() == 0
          ? new GoClient(program, "")
          : new GoClient(null, "go could not build it; grpc-go may not be to be had");
    } catch (IOException e) {
      return new GoClient(null, "there is no go here");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Calls the inventory service; returns the line by which the client says how that ended. */
  CompletableFuture<String> count(String address, int seconds, Duration timeout) {
    try {
      Process client = new ProcessBuilder(List.of(
              String.valueOf(program),
              address,
              Integer.toString(seconds),
              Long.toString(timeout.toMillis())))
          .redirectErrorStream(true)
          .start();
      return client.onExit().thenApply(GoClient::line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(Process client) {
    try (var output = client.inputReader()) {
      return String.valueOf(output.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

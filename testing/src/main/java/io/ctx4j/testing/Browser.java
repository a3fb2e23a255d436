package io.ctx4j.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Chromium without a window, in a folder of its own; nothing of it is left when it is closed. */
public final class Browser implements AutoCloseable {
  private final Process process;

  private Browser(Process process) {
    this.process = process;
  }

  /** The first that is on the path. */
  public static Optional<String> installed() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .filter(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, name))))
        .findFirst();
  }

  /**
   * Starts one.
   *
   * @param out what it prints goes there
   */
  public static Browser open(String command, Path folder, Path out, String... arguments)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(
        command,
        "--headless",
        "--no-sandbox", // which it refuses to be without where the user is root
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-quic",
        "--user-data-dir=" + folder.resolve("profile")));
    all.addAll(List.of(arguments));
    var builder = new ProcessBuilder(all)
        .redirectOutput(out.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("HOME", folder.toString());
    return new Browser(builder.start());
  }

  /** Whether it has done what it was started for. */
  public boolean hasEnded() throws InterruptedException {
    return process.waitFor(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    Await.until(() -> all.stream().noneMatch(ProcessHandle::isAlive), () -> "alive: " + all);
  }
}

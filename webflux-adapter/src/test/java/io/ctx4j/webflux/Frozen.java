package io.ctx4j.webflux;

import io.ctx4j.testing.Wire;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client in a process of its own, which can be killed and frozen. */
final class Frozen {
  private Frozen() {}

  /** Sends a request, and never reads. */
  public static void main(String[] args) throws IOException, InterruptedException {
    try (Wire wire = Wire.open(Integer.parseInt(args[0]))) {
      String[] headers = args.length > 2 ? new String[] {args[2]} : new String[0];
      wire.send("GET", args[1], headers);
      TimeUnit.MINUTES.sleep(5); // it is killed before that
    }
  }

  static Process start(int port, String path, String... header) throws IOException {
    String java =
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    List<String> command = new ArrayList<>(List.of(
        java,
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        Frozen.class.getName(),
        Integer.toString(port),
        path));
    command.addAll(List.of(header));
    return new ProcessBuilder(command).inheritIO().start();
  }

  /** Stops it for good, as a laptop that is closed. */
  static void freeze(Process process) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start().waitFor();
  }
}

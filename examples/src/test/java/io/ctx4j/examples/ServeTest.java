package io.ctx4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The service in a JVM of its own, stopped as people and machines stop it. */
@Tag("process")
@DisabledOnOs(OS.WINDOWS)
class ServeTest {

  /** The database's data are below it, by which its processes are known. */
  @TempDir
  Path temp;

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void signal_stopsTheServiceAndItsDatabase(String signal, int status) throws Exception {
    Process serve = start();
    try (BufferedReader out = serve.inputReader()) {
      assertThat(out.readLine()).startsWith("The front is at http://127.0.0.1:");
      assertThat(out.readLine()).startsWith("It calls orders, at http://127.0.0.1:");
      assertThat(out.readLine()).startsWith("That calls inventory, by gRPC at 127.0.0.1:");
      assertThat(databases()).isNotEmpty();

      new ProcessBuilder("kill", "-" + signal, Long.toString(serve.pid()))
          .start()
          .waitFor();

      assertThat(serve.waitFor(60, TimeUnit.SECONDS)).as("stuck").isTrue();
      assertThat(serve.exitValue()).isEqualTo(status);
      // a database has said that it has ended, by taking its file away, just before its process has
      Await.until(() -> databases().isEmpty(), () -> "left: " + databases());
      assertThat(temp).isEmptyDirectory();
    } finally {
      serve.destroyForcibly();
    }
  }

  private Process start() throws IOException {
    Path binaries = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "-Djava.io.tmpdir=" + temp,
            "-Dot.epg.working-dir=" + binaries,
            "-Dport=0",
            "-Dorders.port=0",
            "-Dinventory.port=0",
            Serve.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private List<String> databases() {
    try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
      return processes
          .flatMap(process -> process.info().commandLine().stream())
          .filter(line -> line.contains("postgres") && line.contains(temp.toString()))
          .filter(line -> !line.contains(Serve.class.getName()))
          .toList();
    }
  }
}

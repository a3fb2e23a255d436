package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is said of contexts that operators make, and of those that they were given: nothing.
 *
 * <p>Planted bug, seen: a stream that ends does not close its child.
 */
@Tag("process")
class LostTest {
  @Test
  @DisplayName(
      "C39 X1 no context that an operator has made, or was given and still holds, is reported as lost")
  void operators_debug_loseNone() throws Exception {
    assertThat(run("-Dctx4j.debug=true"))
        .containsExactly("lost LostMain.dropsFirst", "lost LostMain.dropsLast");
  }

  /** In a JVM of its own, because the property is read once. */
  private static List<String> run(String option) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            option,
            "-cp",
            System.getProperty("java.class.path"),
            LostMain.class.getName())
        .redirectErrorStream(true)
        .start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(out).isZero();
      return out.lines().filter(line -> line.startsWith("lost ")).toList();
    } finally {
      process.destroyForcibly();
    }
  }
}

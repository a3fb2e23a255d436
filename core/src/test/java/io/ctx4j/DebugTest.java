package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Fork;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The system property ctx4j.debug, each value in a JVM of its own. */
class DebugTest {
  private static String line(List<String> lines, String start) {
    return lines.stream().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
  }

  @Test
  @DisplayName(
      "C33 with ctx4j.debug=true err's stack trace is that of who canceled; suppressed: none")
  void err_debug_saysWhoCanceled() {
    List<String> lines = Fork.run(DebugMain.class, "-Dctx4j.debug=true");

    assertThat(line(lines, "canceled")).contains(" whoCancels main");
    assertThat(line(lines, "child")).contains(" whoCancels main");
    assertThat(line(lines, "closed")).contains(" whoCloses main");
    assertThat(line(lines, "passed")).contains(" whoDerives main");
    assertThat(line(lines, "copy")).isEqualTo("copy");
    assertThat(line(lines, "suppressed")).isEqualTo("suppressed 0");
  }

  @Test
  @DisplayName("C33 without it there is none")
  void err_noDebug_hasNoStackTrace() {
    List<String> lines = Fork.run(DebugMain.class, "-Dctx4j.debug=false");

    assertThat(line(lines, "canceled")).isEqualTo("canceled");
    assertThat(line(lines, "passed")).isEqualTo("passed");
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Fork;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is said of contexts that were dropped, each value of ctx4j.debug in a JVM of its own. */
@Tag("process")
class LostTest {
  private static List<String> lost(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("lost "))
        .map(line -> line.substring(5, line.indexOf(' ', 5)))
        .toList();
  }

  @Test
  @DisplayName("C39 with ctx4j.debug=true a context dropped under a live parent is reported once")
  void dropped_debug_isReportedOnce() {
    List<String> lines = Fork.run(LostMain.class, "-Dctx4j.debug=true");

    assertThat(lost(lines))
        .containsExactlyInAnyOrder(
            "dropsChild",
            "dropsTimed",
            "dropsMerged",
            "dropsButForALayer",
            "dropsNamed",
            "dropsWithCallback",
            "dropsOften");
    assertThat(lines)
        .as("the logger throws: neither the contexts nor who makes one suffer")
        .contains("thrown handler dropsWhileTheLoggerThrows", "live false");
    assertThat(lines)
        .contains(
            "lost dropsChild main WARNING A context was dropped without being canceled or closed,"
                + " and is held until its parent or its deadline ends it:"
                + " background.withCancel.named(child).withCancel");
  }

  @Test
  @DisplayName("C39 with ctx4j.debug=sample one of 128 is watched, and err has no stack trace")
  void dropped_sample_isReportedWhereItIsOften() {
    List<String> lines = Fork.run(LostMain.class, "-Dctx4j.debug=sample");

    assertThat(lost(lines)).contains("dropsOften").doesNotHaveDuplicates();
    assertThat(lost(lines))
        .doesNotContain("closes", "cancels", "keepsNamed", "dropsPast", "dropsTree");
    assertThat(lines).contains("live false", "err 0");
  }

  @Test
  @DisplayName("C39 without it nobody watches")
  void dropped_off_isNotReported() {
    List<String> lines = Fork.run(LostMain.class);

    assertThat(lines).containsExactly("live false", "err 0");
  }
}

package io.ctx4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A demo that cannot fail shows nothing: what it calls kept and what broken. */
@Tag("process")
class DemoTest {

  @ParameterizedTest
  @CsvSource({"200, 1, true", "200, 2000, true", "200, 2001, false", "504, 1, false"})
  void quick_keptIf200Within2s(int status, int tookMillis, boolean kept) {
    assertThat(sent(null, status, tookMillis).kept()).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({
    "504, 300, true",
    "504, 400, true",
    "504, 401, false",
    "504, 299, true",
    "504, 298, false",
    "200, 300, false",
    "500, 300, false"
  })
  void cut_keptIf504Within100msOfTheDeadline(int status, int tookMillis, boolean kept) {
    assertThat(sent(Duration.ofMillis(300), status, tookMillis).kept()).isEqualTo(kept);
  }

  @Test
  void batch_oneBroken_notKept() {
    Batch.Sent good = sent(null, 200, 10);
    Batch.Sent late = sent(Duration.ofMillis(300), 504, 450);

    assertThat(new Batch(List.of(good), List.of()).kept()).isTrue();
    assertThat(new Batch(List.of(good), List.of(late)).kept()).isFalse();
    assertThat(new Batch(List.of(good), List.of(late)).latestCut()).isEqualTo(150);
  }

  @Test
  void promise_broken_countedAndShown() {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    Timeline timeline =
        new Timeline(new PrintStream(shown, true, StandardCharsets.UTF_8), () -> Duration.ZERO);
    timeline.step("a step");
    timeline.promise(true, "this");
    timeline.promise(false, "that");

    assertThat(timeline.broken()).isEqualTo(1);
    assertThat(shown.toString(StandardCharsets.UTF_8))
        .contains("1. a step", "[kept]   this", "[BROKEN] that");
  }

  @ParameterizedTest
  @CsvSource({"50, [BROKEN] in time, 1", "51, '[not judged, the machine is 51 ms late] in time', 0"
  })
  void promiseInTime_machineLate_notJudged(int lateMillis, String line, int broken) {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    Timeline timeline = new Timeline(
        new PrintStream(shown, true, StandardCharsets.UTF_8), () -> Duration.ofMillis(lateMillis));
    timeline.promiseInTime(true, "kept");
    timeline.promiseInTime(false, "in time");

    assertThat(timeline.broken()).isEqualTo(broken);
    assertThat(shown.toString(StandardCharsets.UTF_8)).contains("[kept]   kept", line);
  }

  @Test
  void promisesInTime_machineWasLate_noneOfTheStepIsJudged() {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    Deque<Duration> late = new ArrayDeque<>(
        List.of(Duration.ZERO, Duration.ofMillis(60), Duration.ZERO, Duration.ZERO, Duration.ZERO));
    Timeline timeline =
        new Timeline(new PrintStream(shown, true, StandardCharsets.UTF_8), late::remove);
    timeline.step("the machine was late");
    timeline.promiseInTime(false, "first");
    timeline.promiseInTime(false, "second");
    timeline.step("it keeps up");
    timeline.promiseInTime(false, "third");

    assertThat(timeline.notJudged()).isEqualTo(2);
    assertThat(timeline.broken()).isEqualTo(1);
  }

  private static Batch.Sent sent(@Nullable Duration deadline, int status, int tookMillis) {
    return new Batch.Sent("/", deadline, new Reply(status, "", "", Duration.ofMillis(tookMillis)));
  }
}

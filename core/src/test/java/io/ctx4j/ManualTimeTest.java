package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The clock for tests. */
class ManualTimeTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

  private final ManualTime time = new ManualTime();
  private final List<String> ran = new ArrayList<>();

  private void scheduleIn(Duration delay, String name) {
    time.schedule(() -> ran.add(name + "@" + Duration.between(Instant.EPOCH, time.now())), delay);
  }

  @Test
  @DisplayName("U1 starts where it is told to, and stands still")
  void start_isAsGiven() {
    Instant start = Instant.parse("2030-01-01T00:00:00Z");
    assertThat(time.now()).isEqualTo(Instant.EPOCH);
    assertThat(new ManualTime(start).now()).isEqualTo(start);
  }

  @Test
  @DisplayName("U1 both clocks move by as much, over the overflow of nanoTime, too")
  void advance_movesBothClocks() {
    long start = time.nanoTime();
    time.advance(Duration.ofSeconds(2));

    assertThat(time.nanoTime() - start).isEqualTo(2_000_000_000L);
    assertThat(time.nanoTime()).isLessThan(start);
    assertThat(time.now()).isEqualTo(Instant.EPOCH.plusSeconds(2));
  }

  @Test
  @DisplayName("U1 a negative duration: IllegalArgumentException, and nothing moves")
  void advance_negative_throws() {
    scheduleIn(Duration.ZERO, "due");
    for (Duration negative : new Duration[] {Duration.ofNanos(-1), HUGE.negated()}) {
      assertThatThrownBy(() -> time.advance(negative)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(time.now()).isEqualTo(Instant.EPOCH);
    assertThat(ran).isEmpty();
  }

  @Test
  @DisplayName(
      "U1 what falls due on the way runs at its own time, in order, those of one time as they came")
  void advance_runsEachAtItsTime() {
    scheduleIn(Duration.ofSeconds(3), "late");
    scheduleIn(SECOND, "first");
    scheduleIn(SECOND, "second");
    scheduleIn(Duration.ofSeconds(5), "not yet");

    time.advance(Duration.ofSeconds(4));

    assertThat(ran).containsExactly("first@PT1S", "second@PT1S", "late@PT3S");
    assertThat(time.now()).isEqualTo(Instant.EPOCH.plusSeconds(4));
  }

  @Test
  @DisplayName("U1 what a task adds on the way runs, too, at its own time")
  void advance_runsWhatIsAdded() {
    time.schedule(
        () -> {
          scheduleIn(SECOND, "added");
          scheduleIn(Duration.ofSeconds(9), "later");
        },
        SECOND);
    scheduleIn(Duration.ofSeconds(3), "planned");

    time.advance(Duration.ofSeconds(3));

    assertThat(ran).containsExactly("added@PT2S", "planned@PT3S");
    time.advance(Duration.ofSeconds(7));
    assertThat(ran).last().isEqualTo("later@PT10S");
  }

  @Test
  @DisplayName("U1 zero, and a delay of zero or less: due now, and run by the next advance")
  void advance_zero_runsWhatIsDue() {
    scheduleIn(Duration.ZERO, "zero");
    scheduleIn(HUGE.negated(), "negative");
    assertThat(ran).isEmpty();

    time.advance(Duration.ZERO);

    assertThat(ran).containsExactly("zero@PT0S", "negative@PT0S");
  }

  @Test
  @DisplayName("C35 unregister is true for the one call that kept the task from running")
  void unregister_isTrueOnce() {
    Ctx.Registration kept = time.schedule(() -> ran.add("kept"), SECOND);
    Ctx.Registration due = time.schedule(() -> ran.add("due"), SECOND);

    assertThat(kept.unregister()).isTrue();
    assertThat(kept.unregister()).isFalse();
    time.advance(SECOND);

    assertThat(due.unregister()).isFalse();
    assertThat(ran).containsExactly("due");
  }

  @Test
  @DisplayName("U1 a task that moves the clock moves it for all")
  void advance_inATask_movesFurther() {
    time.schedule(() -> time.advance(Duration.ofSeconds(5)), SECOND);
    scheduleIn(Duration.ofSeconds(4), "between");

    time.advance(Duration.ofSeconds(2));

    assertThat(ran).containsExactly("between@PT4S");
    assertThat(time.now()).isEqualTo(Instant.EPOCH.plusSeconds(6));
  }

  @Test
  @DisplayName("U1 what a task throws comes out, with the clock at its time; the rest waits")
  void advance_throws_restWaits() {
    time.schedule(
        () -> {
          throw new IllegalStateException("task");
        },
        SECOND);
    scheduleIn(Duration.ofSeconds(2), "rest");

    assertThatThrownBy(() -> time.advance(Duration.ofSeconds(3))).hasMessage("task");
    assertThat(time.now()).isEqualTo(Instant.EPOCH.plusSeconds(1));

    time.advance(SECOND);
    assertThat(ran).containsExactly("rest@PT2S");
  }

  @Test
  @DisplayName("C17 no overflow: the longest durations, and starts at either end of time")
  void extremes_doNotOverflow() {
    for (Instant start : new Instant[] {Instant.MIN, Instant.EPOCH, Instant.MAX}) {
      var clock = new ManualTime(start);
      Ctx root = Ctx.root(clock);
      CancelCtx timed = root.withTimeout(Duration.ofDays(36_000));
      CancelCtx far = root.withTimeout(HUGE);
      clock.schedule(() -> ran.add("never"), HUGE);
      clock.advance(Duration.ofSeconds(1));
      clock.schedule(() -> ran.add("never, from later on"), HUGE);
      clock.advance(HUGE);
      clock.advance(HUGE);

      assertThat(timed.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(timed.remaining()).isZero();
      assertThat(far.isDone()).isFalse();
      assertThat(clock.now()).isAfterOrEqualTo(start);
      assertThat(root.withTimeout(Duration.ZERO).isDone()).isTrue();
    }
    assertThat(ran).isEmpty();
  }

  @Test
  @DisplayName("U1 a hundred thousand timers come and go, each in a few steps")
  void unregister_many_isQuick() {
    Ctx root = Ctx.root(time);
    List<CancelCtx> all = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      all.add(root.withTimeout(Duration.ofSeconds(1 + i % 100)));
    }
    all.forEach(CancelCtx::cancel);

    scheduleIn(SECOND, "alone");
    time.advance(Duration.ofDays(1));
    assertThat(ran).containsExactly("alone@PT1S");
  }

  @Test
  @DisplayName("U1 toString says what it is")
  void toString_isManual() {
    assertThat(Ctx.root(time)).hasToString("root(manual)");
  }
}

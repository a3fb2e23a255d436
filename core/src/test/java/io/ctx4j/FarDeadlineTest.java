package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Deadlines at the ends of time, and clocks that stand there. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class FarDeadlineTest {
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration YEAR = Duration.ofDays(365);

  /** A clock that always shows the same; what is scheduled never runs. */
  private record Stopped(Instant now, AtomicInteger scheduled) implements TimeSource {
    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      assertThat(delay).isPositive().isLessThanOrEqualTo(Duration.ofDays(36_525));
      scheduled.incrementAndGet();
      return () -> true;
    }
  }

  static Stream<TimeSource> timeSources() {
    return Stream.of(
        TimeSource.system(),
        new HookedTime(),
        new Stopped(Instant.EPOCH, new AtomicInteger()),
        new Stopped(Instant.MAX, new AtomicInteger()),
        new Stopped(Instant.MIN, new AtomicInteger()));
  }

  @ParameterizedTest
  @MethodSource("timeSources")
  @DisplayName("C17 the furthest future neither overflows nor ends")
  void withTimeout_forever_isLive(TimeSource time) {
    Ctx root = Ctx.root(time);
    for (Duration timeout : List.of(Duration.ofSeconds(Long.MAX_VALUE), FOREVER)) {
      CancelCtx ctx = root.withTimeout(timeout);

      assertThat(ctx.isDone()).isFalse();
      assertThat(ctx.deadline()).isEqualTo(Instant.MAX);
      assertThat(ctx.remaining()).isGreaterThan(YEAR);
      assertThat(ctx.toString()).contains("withDeadline(" + Instant.MAX);
      assertThat(ctx.tree()).isNotEmpty();
      assertThat(ctx.withTimeout(timeout).deadline()).isEqualTo(Instant.MAX);
      assertThat(ctx.cancel()).isTrue();
    }
  }

  @Test
  @DisplayName("C15 C17 a timeout that just reaches the ends of time is kept to the second")
  void withTimeout_toTheEndsOfTime_exact() {
    Instant now = Instant.ofEpochSecond(1_000);
    Ctx root = Ctx.root(new Stopped(now, new AtomicInteger()));
    Duration back = Duration.ofSeconds(Instant.MIN.getEpochSecond());
    Duration ahead = Duration.ofSeconds(Instant.MAX.getEpochSecond() - 2_000);

    assertThat(root.withTimeout(back).deadline()).isEqualTo(Instant.MIN.plusSeconds(1_000));
    assertThat(root.withTimeout(back.minusSeconds(2_000)).deadline()).isEqualTo(Instant.MIN);
    assertThat(root.withTimeout(ahead).deadline())
        .isEqualTo(Instant.ofEpochSecond(Instant.MAX.getEpochSecond() - 1_000));
    assertThat(root.withTimeout(ahead.plusSeconds(2_000)).deadline()).isEqualTo(Instant.MAX);
  }

  @ParameterizedTest
  @MethodSource("timeSources")
  @DisplayName("C17 the furthest past neither overflows nor stays live")
  void withTimeout_negativeForever_isDone(TimeSource time) {
    Ctx root = Ctx.root(time);
    for (Duration timeout : List.of(
        Duration.ofSeconds(Long.MAX_VALUE).negated(),
        Duration.ofSeconds(Long.MIN_VALUE),
        FOREVER.negated())) {
      CancelCtx ctx = root.withTimeout(timeout);

      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(ctx.deadline()).isEqualTo(Instant.MIN);
      assertThat(ctx.remaining()).isEqualTo(Duration.ZERO);
      assertThat(ctx.toString()).contains(Instant.MIN + " [0s]");
      assertThat(root.withCancel().withTimeout(timeout).isDone()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("timeSources")
  @DisplayName("C17 Instant.MAX and Instant.MIN")
  void withDeadline_endsOfTime_works(TimeSource time) {
    Ctx root = Ctx.root(time);
    CancelCtx max = root.withDeadline(Instant.MAX);
    CancelCtx min = root.withDeadline(Instant.MIN);

    assertThat(min.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(min.deadline()).isEqualTo(Instant.MIN);
    assertThat(min.remaining()).isEqualTo(Duration.ZERO);
    assertThat(max.isDone()).isEqualTo(time.now().equals(Instant.MAX));
    assertThat(max.deadline()).isEqualTo(Instant.MAX);
    assertThat(max.remaining()).isNotNull();
    if (!max.isDone()) {
      assertThat(max.withDeadline(Instant.MIN).isDone()).isTrue();
      assertThat(max.withTimeout(Duration.ofHours(1)).isDone()).isFalse();
      assertThat(max.withDeadline(Instant.MAX).toString()).endsWith(".withCancel");
      max.cancel();
    }
  }

  @ParameterizedTest
  @MethodSource("timeSources")
  @DisplayName("C17 a near deadline under a far one has its own timer, and the other way round")
  void withTimeout_nearUnderFar_counts(TimeSource time) {
    Ctx root = Ctx.root(time);
    CancelCtx far = root.withTimeout(FOREVER);
    CancelCtx near = far.withTimeout(Duration.ofHours(1));
    CancelCtx farUnderNear = near.withTimeout(FOREVER);

    assertThat(near.remaining()).isNotNull().isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    assertThat(farUnderNear.deadline()).isEqualTo(near.deadline());
    assertThat(farUnderNear.toString()).endsWith(".withCancel");
    far.cancel();
  }

  @Test
  @DisplayName("C35 a deadline more than a hundred years off arms no timer; one within does")
  void withTimeout_beyondACentury_armsNoTimer() {
    var time = new HookedTime();
    Ctx root = Ctx.root(time);

    root.withTimeout(YEAR.multipliedBy(101));
    root.withTimeout(YEAR.multipliedBy(290));
    root.withTimeout(YEAR.multipliedBy(300));
    root.withTimeout(YEAR.multipliedBy(600));
    root.withDeadline(HookedTime.START.plus(YEAR.multipliedBy(1_000)));
    assertThat(time.delays()).isEmpty();

    root.withTimeout(YEAR.multipliedBy(99));
    assertThat(time.delays()).containsExactly(YEAR.multipliedBy(99));
  }

  @Test
  @DisplayName("C17 a deadline 99 years off fires then, and not before")
  void withTimeout_withinACentury_fires() {
    var time = new HookedTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(YEAR.multipliedBy(99));

    time.advance(YEAR.multipliedBy(98));
    assertThat(ctx.remaining()).isEqualTo(YEAR);
    assertThat(ctx.isDone()).isFalse();
    time.advance(YEAR);

    assertThat(ctx.isDone()).isTrue();
  }

  @Test
  @DisplayName("C17 what remains of a far deadline runs down")
  void remaining_ofFar_runsDown() {
    var time = new HookedTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(YEAR.multipliedBy(500));

    time.advance(YEAR.multipliedBy(120));

    assertThat(ctx.remaining()).isEqualTo(YEAR.multipliedBy(380));
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("C13 far deadlines are compared with one another")
  void withTimeout_farUnderFar_theEarlierCounts() {
    var time = new HookedTime();
    CancelCtx parent = Ctx.root(time).withTimeout(YEAR.multipliedBy(300));
    time.advance(SECOND);

    CancelCtx later = parent.withTimeout(YEAR.multipliedBy(300));
    CancelCtx earlier = parent.withTimeout(YEAR.multipliedBy(300).minusSeconds(2));

    assertThat(later.deadline()).isEqualTo(parent.deadline());
    assertThat(later.toString()).endsWith(".withCancel");
    assertThat(earlier.deadline()).isEqualTo(requireNonNull(parent.deadline()).minusSeconds(1));
  }

  @Test
  @DisplayName("C13 far deadlines, too, are compared on the monotonic clock")
  void withDeadline_farAfterStep_isComparedMonotonically() {
    var time = new HookedTime();
    CancelCtx parent = Ctx.root(time).withTimeout(YEAR.multipliedBy(300));
    time.stepWallClock(YEAR.multipliedBy(10));

    Instant given = HookedTime.START.plus(YEAR.multipliedBy(305)); // in 295 years
    CancelCtx child = parent.withDeadline(given);

    assertThat(child.deadline()).isEqualTo(given);
    assertThat(child.toString()).doesNotEndWith(".withCancel");
  }

  @Test
  @DisplayName("C13 a deadline within a century under one that has come within it since")
  void withTimeout_underAgedFar_isComparedMonotonically() {
    var time = new HookedTime();
    CancelCtx parent = Ctx.root(time).withTimeout(YEAR.multipliedBy(110));
    time.advance(YEAR.multipliedBy(60)); // 50 left

    CancelCtx child = parent.withTimeout(YEAR.multipliedBy(90));

    assertThat(child.deadline()).isEqualTo(parent.deadline());
  }
}

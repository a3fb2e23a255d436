package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the two clocks are read, and what their steps do. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class ClockTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HookedTime time = new HookedTime();
  private final CancelCtx parent = Ctx.root(time).withCancel();

  @Test
  @DisplayName("C18 an instant is converted once: now() first, nanoTime() second")
  void withDeadline_readsNowBeforeNanoTime() {
    Instant deadline = HookedTime.START.plus(SECOND);
    for (Ctx from : new Ctx[] {parent, parent.withTimeout(SECOND.multipliedBy(2))}) {
      time.takeReads();

      from.withDeadline(deadline);

      assertThat(time.takeReads()).containsOnlyOnce("now").startsWith("now", "nanoTime");
    }
  }

  @Test
  @DisplayName("C18 a pause between the two reads makes a deadline late, never early")
  void withDeadline_pausedBetweenReads_isLate() {
    var pausing = new TimeSource() {
      @Override
      public Instant now() {
        Instant now = time.now();
        time.pass(SECOND); // as if the thread were suspended here
        return now;
      }

      @Override
      public long nanoTime() {
        return time.nanoTime();
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        return time.schedule(task, delay);
      }
    };

    Ctx.root(pausing).withDeadline(HookedTime.START.plus(SECOND.multipliedBy(10)));

    assertThat(time.delays()).containsExactly(SECOND.multipliedBy(10));
  }

  @Test
  @DisplayName("C18 after that the wall clock is not read again, and its steps move nothing")
  void wallClock_steps_nothingMoves() {
    CancelCtx ctx = parent.withDeadline(HookedTime.START.plus(SECOND));
    time.takeReads();
    time.stepWallClock(Duration.ofDays(1));

    time.advance(SECOND.minusNanos(1));
    assertThat(ctx.isDone()).isFalse();
    assertThat(ctx.remaining()).isEqualTo(Duration.ofNanos(1));
    time.stepWallClock(Duration.ofDays(-2));
    time.advance(Duration.ofNanos(1));

    assertThat(ctx.isDone()).isTrue();
    assertThat(time.takeReads()).doesNotContain("now");
  }

  @Test
  @DisplayName("C35 what a clock throws comes out likewise")
  void now_throws_comesOut() {
    var thrown = new IllegalStateException();
    var broken = new TimeSource() {
      @Override
      public Instant now() {
        throw thrown;
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        return () -> true;
      }
    };
    CancelCtx ctx = Ctx.root(broken).withCancel();

    assertThatThrownBy(() -> ctx.withTimeout(SECOND)).isSameAs(thrown);
    assertThatThrownBy(() -> ctx.withDeadline(Instant.MAX)).isSameAs(thrown);
    assertThat(ctx.tree().lines()).hasSize(1);
    assertThat(ctx.cancel()).isTrue();
  }

  @Test
  @DisplayName("C35 by default nanoTime is taken from now, and differences of it are right")
  void nanoTime_byDefault_isOfNow() {
    for (Instant from : new Instant[] {Instant.EPOCH, HookedTime.START, Instant.MAX, Instant.MIN}) {
      Instant to = from.equals(Instant.MAX) ? from.minusNanos(1_500_000_001) : from.plusNanos(7);
      long difference = at(to).nanoTime() - at(from).nanoTime();

      assertThat(difference).isEqualTo(Duration.between(from, to).toNanos());
    }
    assertThat(at(Instant.EPOCH.plusNanos(5)).nanoTime() - at(Instant.EPOCH).nanoTime())
        .isEqualTo(5);
  }

  private static TimeSource at(Instant now) {
    return new TimeSource() {
      @Override
      public Instant now() {
        return now;
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        return () -> true;
      }
    };
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What deadline() and remaining() say. */
class ReadDeadlineTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Instant START = HookedTime.START;
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final HookedTime time = new HookedTime();
  private final Ctx root = Ctx.root(time);

  @Test
  @DisplayName("C15 deadline() is the instant given, live, past and done")
  void deadline_always_isTheInstantGiven() {
    Instant given = START.plusNanos(1_234_567_891);
    CancelCtx ctx = root.withDeadline(given);
    Ctx below = ctx.withValue(USER, "u").withCancel();

    assertThat(below.deadline()).isEqualTo(given);
    time.advance(Duration.ofSeconds(2));
    assertThat(ctx.deadline()).isEqualTo(given);
    assertThat(below.deadline()).isEqualTo(given);
    assertThat(((DeadlineExceededException) new Box<>(below.err()).get()).deadline())
        .isEqualTo(given);
  }

  @Test
  @DisplayName("C15 the deadline stays readable after a cancellation, also from a done parent")
  void deadline_canceled_stays() {
    CancelCtx parent = root.withCancel();
    CancelCtx ctx = parent.withTimeout(SECOND);
    ctx.cancel();
    parent.cancel();

    assertThat(ctx.deadline()).isEqualTo(START.plus(SECOND));
    assertThat(parent.withTimeout(SECOND).deadline()).isEqualTo(START.plus(SECOND));
  }

  @Test
  @DisplayName("C15 without a deadline there is none, nor under withoutCancel")
  void deadline_none_isNull() {
    Ctx detached = root.withTimeout(SECOND).withoutCancel();

    for (Ctx ctx : new Ctx[] {root, root.withCancel(), detached, detached.withCancel()}) {
      assertThat(ctx.deadline()).isNull();
      assertThat(ctx.remaining()).isNull();
    }
  }

  @Test
  @DisplayName("C18 remaining() runs down by the monotonic clock, to zero")
  void remaining_runsDownToZero() {
    Ctx ctx = root.withTimeout(SECOND).withCancel().withValue(USER, "u");

    assertThat(ctx.remaining()).isEqualTo(SECOND);
    time.pass(Duration.ofMillis(600));
    time.stepWallClock(Duration.ofDays(-400));
    assertThat(ctx.remaining()).isEqualTo(Duration.ofMillis(400));
    time.pass(SECOND);
    assertThat(ctx.remaining()).isEqualTo(Duration.ZERO);
    time.advance(Duration.ZERO);
    assertThat(ctx.isDone()).isTrue();
    assertThat(ctx.remaining()).isEqualTo(Duration.ZERO);
  }
}

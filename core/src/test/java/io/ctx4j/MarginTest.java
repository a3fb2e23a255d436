package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is kept of a deadline for the answer. */
class MarginTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

  private final HookedTime time = new HookedTime();
  private final Ctx root = Ctx.root(time);
  private final CancelCtx parent = root.withTimeout(Duration.ofSeconds(5));

  @Test
  @DisplayName(
      "U1 done that long before the parent's deadline, and not a nanosecond later or earlier")
  void withMargin_isDoneBeforeTheParent() {
    CancelCtx ctx = parent.withMargin(SECOND);
    assertThat(ctx.remaining()).isEqualTo(Duration.ofSeconds(4));
    assertThat(ctx.deadline()).isEqualTo(HookedTime.START.plusSeconds(4));

    time.advance(Duration.ofNanos(3_999_999_999L));
    assertThat(ctx.isDone()).isFalse();
    time.advance(Duration.ofNanos(1));

    assertThat(ctx.err())
        .isInstanceOfSatisfying(
            DeadlineExceededException.class,
            err -> assertThat(err.deadline()).isEqualTo(ctx.deadline()));
    assertThat(ctx.cause()).isSameAs(ctx.err());
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName(
      "U1 by monotonic time: a step of the wall clock since the parent was made moves nothing")
  void withMargin_wallClockSteps_movesNothing() {
    time.stepWallClock(Duration.ofHours(1));
    CancelCtx ctx = parent.withMargin(SECOND);

    assertThat(ctx.remaining()).isEqualTo(Duration.ofSeconds(4));
    assertThat(ctx.deadline()).isEqualTo(HookedTime.START.plusSeconds(4));
  }

  @Test
  @DisplayName("U1 without a deadline a plain withCancel")
  void withMargin_noDeadline_isWithCancel() {
    for (Duration keep : new Duration[] {Duration.ZERO, SECOND, HUGE}) {
      CancelCtx ctx = root.withMargin(keep);
      assertThat(ctx).hasToString("root(manual).withCancel");
      assertThat(ctx.deadline()).isNull();
      assertThat(ctx.isDone()).isFalse();
      assertThat(ctx.cancel()).isTrue();
    }
  }

  @Test
  @DisplayName("U1 where that or less is left: done already, and not registered with the parent")
  void withMargin_moreThanIsLeft_isDone() {
    for (Duration keep : new Duration[] {Duration.ofSeconds(5), Duration.ofSeconds(6), HUGE}) {
      CancelCtx ctx = parent.withMargin(keep);
      assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(ctx.remaining()).isZero();
    }
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.withMargin(Duration.ofSeconds(6)).deadline())
        .isEqualTo(HookedTime.START.minusSeconds(1));
    assertThat(parent.withMargin(HUGE).deadline()).isEqualTo(Instant.MIN);
    assertThat(time.delays()).hasSize(1);
  }

  @Test
  @DisplayName("U1, C13 nothing kept: the parent's own deadline, and no timer")
  void withMargin_zero_isTheParents() {
    CancelCtx ctx = parent.withMargin(Duration.ZERO);

    assertThat(ctx.toString()).endsWith("[5s]).withCancel");
    assertThat(ctx.deadline()).isEqualTo(parent.deadline());
    assertThat(time.delays()).hasSize(1);
    time.advance(Duration.ofSeconds(5));
    assertThat(ctx.err()).isSameAs(parent.err());
  }

  @Test
  @DisplayName("U1, C14 under a parent that is done: its err and cause")
  void withMargin_parentDone_takesItsErr() {
    parent.cancel(new Exception("why"));

    for (Duration keep : new Duration[] {Duration.ZERO, SECOND, HUGE}) {
      CancelCtx ctx = parent.withMargin(keep);
      assertThat(ctx.err()).isSameAs(parent.err());
      assertThat(ctx.cause()).isSameAs(parent.cause());
    }
  }

  @Test
  @DisplayName("U1, C14 the parent's deadline has passed and it is not done yet: done all the same")
  void withMargin_parentIsLate_isDone() {
    time.pass(Duration.ofSeconds(6));
    assertThat(parent.isDone()).isFalse();

    assertThat(parent.withMargin(SECOND).err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(parent.withMargin(Duration.ZERO).err())
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName(
      "U1 the deadline that counts is the nearest that does, through layers, merges and margins")
  void withMargin_ofWhatCounts() {
    CancelCtx merged = Ctx.merge(root.withTimeout(Duration.ofSeconds(9)), parent);
    assertThat(merged.withName("m").withCancel().withMargin(SECOND).remaining())
        .isEqualTo(Duration.ofSeconds(4));
    assertThat(parent.withMargin(SECOND).withMargin(SECOND).remaining())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(parent.withTimeout(Duration.ofSeconds(2)).withMargin(SECOND).remaining())
        .isEqualTo(SECOND);
    assertThat(parent.withoutCancel().withMargin(SECOND).deadline()).isNull();
  }

  @Test
  @DisplayName("U1, C17 no overflow: the furthest deadlines and the longest margins")
  void withMargin_extremes_doNotOverflow() {
    for (Ctx each : new Ctx[] {Ctx.background(), root}) {
      for (CancelCtx far : new CancelCtx[] {
        each.withTimeout(HUGE),
        each.withDeadline(Instant.MAX),
        each.withTimeout(Duration.ofDays(40_000))
      }) {
        assertThat(far.withMargin(SECOND).isDone()).isFalse();
        assertThat(far.withMargin(Duration.ofDays(4_000)).isDone()).isFalse();
        assertThat(far.withMargin(HUGE).err()).isInstanceOf(DeadlineExceededException.class);
        assertThat(far.withMargin(SECOND).toString()).endsWith(".withMargin(1s)");
        far.cancel();
      }
      assertThat(each.withDeadline(Instant.MIN).withMargin(HUGE).isDone()).isTrue();
      assertThat(each.withTimeout(HUGE.negated()).withMargin(SECOND).isDone()).isTrue();
    }
    CancelCtx near = root.withTimeout(Duration.ofDays(40_000)).withMargin(Duration.ofDays(39_999));
    assertThat(near.remaining()).isEqualTo(Duration.ofDays(1));
    time.advance(Duration.ofDays(1));
    assertThat(near.isDone()).isTrue();
  }

  @Test
  @DisplayName(
      "U1 negative: IllegalArgumentException, also without a deadline; nothing is registered")
  void withMargin_negative_throws() {
    for (Ctx each :
        new Ctx[] {parent, root, Ctx.background(), parent.withValue(CtxKey.named("k"), 1)}) {
      assertThatThrownBy(() -> each.withMargin(Duration.ofNanos(-1)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> each.withMargin(HUGE.negated()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("U1, C32 the suffix says what is kept, once; the tree what is left")
  void text_saysWhatIsKept() {
    CancelCtx ctx = parent.withMargin(Duration.ofMillis(1_500));

    assertThat(ctx)
        .hasToString("root(manual).withDeadline(2030-01-01T00:00:05Z [5s]).withMargin(1.5s)");
    assertThat(ctx.withCancel().toString()).endsWith(".withMargin(1.5s).withCancel");
    assertThat(parent.tree().lines().skip(1))
        .containsExactly("  .withMargin(1.5s) [3.5s]", "    .withCancel [3.5s]");
  }

  @Test
  @DisplayName(
      "U1, C36 the name above is in the text of err, and canceling it leaves the parent alone")
  void withMargin_named_saysSo() {
    CancelCtx ctx = parent.withName("checkout").withMargin(Duration.ofSeconds(2));
    CancelCtx other = parent.withMargin(SECOND);
    time.advance(Duration.ofSeconds(3));
    other.cancel();

    assertThat(ctx.err()).hasMessage("context deadline exceeded (checkout)");
    assertThat(other.err()).isInstanceOf(CanceledException.class);
    assertThat(parent.isDone()).isFalse();
    assertThat(time.live()).isEqualTo(1);
  }

  @Test
  @DisplayName("U1 on the system's clock never later than the parent's deadline, less what is kept")
  void system_isBeforeTheParent() throws InterruptedException {
    CancelCtx far = Ctx.background().withTimeout(Duration.ofHours(1));
    CancelCtx ctx = far.withMargin(Duration.ofHours(1).minusMillis(20));

    ctx.await();

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(far.isDone()).isFalse();
    far.cancel();
  }
}

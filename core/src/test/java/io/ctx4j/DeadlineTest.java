package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which deadline counts, when it fires, and what it says. */
class DeadlineTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Instant START = HookedTime.START;
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final HookedTime time = new HookedTime();
  private final Ctx root = Ctx.root(time);
  private final AtomicInteger asked = new AtomicInteger();

  private Throwable ask() {
    asked.incrementAndGet();
    return new Exception("asked");
  }

  @Test
  @DisplayName("C13 a deadline ends its context when it passes, not before")
  void withTimeout_passes_isDoneThen() {
    CancelCtx ctx = root.withTimeout(SECOND);

    time.advance(SECOND.minusNanos(1));
    assertThat(ctx.isDone()).isFalse();
    time.advance(Duration.ofNanos(1));

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(ctx.cause()).isSameAs(ctx.err());
    assertThat(time.live()).isZero();
  }

  @Test
  @DisplayName("C13 a deadline given as an instant ends its context at that instant")
  void withDeadline_passes_isDoneThen() {
    CancelCtx ctx = root.withDeadline(START.plus(SECOND));

    time.advance(SECOND.minusNanos(1));
    assertThat(ctx.isDone()).isFalse();
    time.advance(Duration.ofNanos(1));

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("C13 under a parent with an earlier deadline no timer is armed, and that one counts")
  void withTimeout_laterThanParents_armsNoTimer() {
    CancelCtx parent = root.withTimeout(SECOND);
    Ctx layered = parent.withValue(USER, "u").withCancel().withName("n");

    CancelCtx child = layered.withTimeout(SECOND.plusNanos(1), this::ask);

    assertThat(time.delays()).hasSize(1);
    assertThat(child.deadline()).isEqualTo(START.plus(SECOND));
    assertThat(child.toString()).endsWith(".withCancel");
    time.advance(SECOND);
    assertThat(child.err()).isNotNull().isSameAs(parent.err());
    time.advance(SECOND);
    assertThat(asked).hasValue(0);
  }

  @Test
  @DisplayName("C13 equal deadlines count as the parent's")
  void withDeadline_equalToParents_armsNoTimer() {
    CancelCtx parent = root.withDeadline(START.plus(SECOND), () -> new Exception("parent's"));

    CancelCtx child = parent.withDeadline(START.plus(SECOND), this::ask);
    CancelCtx other = parent.withTimeout(SECOND, this::ask);

    assertThat(time.delays()).hasSize(1);
    time.advance(SECOND);
    assertThat(child.err()).isNotNull().isSameAs(parent.err());
    assertThat(child.cause()).hasMessage("parent's");
    assertThat(other.err()).isSameAs(parent.err());
    assertThat(asked).hasValue(0);
  }

  @Test
  @DisplayName("C13 equal deadlines made at different times count as the parent's")
  void withDeadline_equalToParentsLater_armsNoTimer() {
    CancelCtx parent = root.withTimeout(SECOND);
    time.advance(Duration.ofMillis(700));

    CancelCtx child = parent.withDeadline(START.plus(SECOND), this::ask);

    assertThat(time.delays()).hasSize(1);
    assertThat(child.toString()).endsWith(".withCancel");
  }

  @Test
  @DisplayName("C13 an earlier deadline has a timer of its own and leaves the parent alone")
  void withTimeout_earlierThanParents_endsAlone() {
    CancelCtx parent = root.withTimeout(SECOND);

    CancelCtx child = parent.withTimeout(SECOND.minusNanos(1), this::ask);

    assertThat(time.delays()).hasSize(2);
    assertThat(child.deadline()).isEqualTo(START.plus(SECOND).minusNanos(1));
    time.advance(SECOND.minusNanos(1));
    assertThat(child.cause()).hasMessage("asked");
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C13 compared on the monotonic clock: the wall clock was set forward meanwhile")
  void withDeadline_afterStepForward_isComparedMonotonically() {
    CancelCtx parent = root.withTimeout(Duration.ofSeconds(10));
    time.stepWallClock(Duration.ofHours(1));

    Instant soon = START.plus(Duration.ofHours(1)).plusSeconds(5); // later to read, but earlier
    CancelCtx child = parent.withDeadline(soon);

    assertThat(time.delays()).hasSize(2);
    assertThat(child.deadline()).isEqualTo(soon);
    time.advance(Duration.ofSeconds(5));
    assertThat(child.isDone()).isTrue();
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C13 compared on the monotonic clock: the wall clock was set back meanwhile")
  void withDeadline_afterStepBack_isComparedMonotonically() {
    CancelCtx parent = root.withTimeout(Duration.ofSeconds(10));
    time.stepWallClock(Duration.ofHours(-1));

    CancelCtx child = parent.withDeadline(START.minus(Duration.ofHours(1)).plusSeconds(20));

    assertThat(time.delays()).hasSize(1);
    assertThat(child.deadline()).isEqualTo(START.plusSeconds(10));
  }

  @Test
  @DisplayName(
      "C13 one before the overflow of nanoTime and one after it are compared by difference")
  void withTimeout_acrossTheOverflow_isComparedByDifference() {
    CancelCtx after = root.withTimeout(SECOND);
    CancelCtx before = root.withTimeout(Duration.ofMillis(300));

    CancelCtx earlier = after.withTimeout(Duration.ofMillis(300));
    CancelCtx later = before.withTimeout(SECOND);

    assertThat(earlier.deadline()).isEqualTo(START.plusMillis(300));
    assertThat(later.deadline()).isEqualTo(START.plusMillis(300));
    assertThat(time.delays()).hasSize(3);
    time.advance(Duration.ofMillis(300));
    assertThat(earlier.isDone() && later.isDone()).isTrue();
    assertThat(after.isDone()).isFalse();
  }

  @Test
  @DisplayName("C13 the first of several deadlines up the tree counts")
  void withTimeout_severalAbove_theEarliestCounts() {
    Ctx middle = root.withTimeout(Duration.ofSeconds(3)).withCancel().withTimeout(SECOND);

    CancelCtx child = middle.withCancel().withTimeout(Duration.ofSeconds(2));

    assertThat(child.deadline()).isEqualTo(START.plus(SECOND));
    assertThat(time.delays()).hasSize(2);
  }

  @Test
  @DisplayName("C14 a timeout of zero or less is done at once, and not registered")
  void withTimeout_zeroOrLess_isDoneAtOnce() {
    CancelCtx parent = root.withCancel();
    for (Duration timeout :
        new Duration[] {Duration.ZERO, SECOND.negated(), Duration.ofNanos(-1)}) {
      CancelCtx child = parent.withTimeout(timeout);

      assertThat(child.err()).isInstanceOf(DeadlineExceededException.class);
      assertThat(child.cause()).isSameAs(child.err());
      assertThat(child.deadline()).isEqualTo(START.plus(timeout));
      assertThat(child.remaining()).isEqualTo(Duration.ZERO);
      assertThat(child.cancel()).isFalse();
    }
    assertThat(time.delays()).isEmpty();
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C14 a deadline that is now or past is done at once, its cause asked for here")
  void withDeadline_nowOrPast_isDoneAtOnce() {
    var thread = new Box<Thread>();
    for (Instant deadline : new Instant[] {START, START.minusNanos(1), Instant.EPOCH}) {
      var why = new Exception();

      CancelCtx child = root.withDeadline(deadline, () -> {
        asked.incrementAndGet();
        thread.set(Thread.currentThread());
        return why;
      });

      assertThat(child.err()).isInstanceOf(DeadlineExceededException.class).hasCause(why);
      assertThat(child.cause()).isSameAs(why);
      assertThat(child.deadline()).isEqualTo(deadline);
      assertThat(thread.get()).isSameAs(Thread.currentThread());
    }
    assertThat(asked).hasValue(3);
    assertThat(time.delays()).isEmpty();
  }

  @Test
  @DisplayName("C14 under a done parent: the parent's err and cause, and nothing is asked")
  void withTimeout_zeroUnderDone_takesTheParents() {
    CancelCtx parent = root.withCancel();
    var why = new Exception();
    parent.cancel(why);

    CancelCtx past = parent.withTimeout(Duration.ZERO, this::ask);
    CancelCtx future = parent.withTimeout(SECOND, this::ask);

    assertThat(past.err()).isSameAs(parent.err());
    assertThat(past.cause()).isSameAs(why);
    assertThat(future.err()).isSameAs(parent.err());
    time.advance(SECOND);
    assertThat(asked).hasValue(0);
    assertThat(time.delays()).isEmpty();
  }

  @Test
  @DisplayName(
      "C14 goes before C13: also where the parent's deadline has passed, but it is not done yet")
  void withTimeout_zeroUnderOverdue_isDoneByItsOwn() {
    CancelCtx parent = root.withTimeout(SECOND);
    time.pass(SECOND.multipliedBy(2));
    assertThat(parent.isDone()).isFalse();

    CancelCtx zero = parent.withTimeout(Duration.ZERO, this::ask);
    CancelCtx past = parent.withDeadline(START.plusSeconds(1).plusMillis(500));
    CancelCtx equal = parent.withDeadline(START.plusSeconds(1));
    CancelCtx future = parent.withTimeout(SECOND);

    assertThat(zero.cause()).hasMessage("asked");
    assertThat(zero.deadline()).isEqualTo(START.plusSeconds(2));
    assertThat(past.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(past.deadline()).isEqualTo(START.plusSeconds(1).plusMillis(500));
    assertThat(equal.isDone()).isTrue();
    assertThat(future.isDone()).isFalse();
    assertThat(future.deadline()).isEqualTo(START.plusSeconds(1));
    assertThat(parent.tree().lines()).hasSize(2);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C15 deadline() is right where the parts of a second add up to more than one")
  void withTimeout_partsOfASecond_areCarried() {
    time.pass(Duration.ofMillis(600));

    Ctx ctx = root.withTimeout(Duration.ofMillis(2_700));

    assertThat(ctx.deadline()).isEqualTo(START.plusMillis(3_300));
  }

  @Test
  @DisplayName(
      "C14 under a live parent whose deadline has passed, the same instant again is done at once")
  void withDeadline_parentsPassedAndLive_isDone() {
    CancelCtx parent = root.withTimeout(SECOND);
    time.pass(SECOND);

    Ctx child = parent.withDeadline(START.plusSeconds(1));

    assertThat(parent.isDone()).isFalse();
    assertThat(child.err()).isInstanceOf(DeadlineExceededException.class);
    parent.cancel();
    assertThat(parent.withDeadline(START.plusSeconds(1)).err()).isSameAs(parent.err());
  }
}

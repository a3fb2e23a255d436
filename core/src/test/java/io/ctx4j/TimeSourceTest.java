package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a time source is asked for, and what becomes of one that behaves badly. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class TimeSourceTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final HookedTime time = new HookedTime();
  private final CancelCtx parent = Ctx.root(time).withCancel();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger told = new AtomicInteger();
  private final Uncaught uncaught = Uncaught.everywhere();

  @AfterEach
  void restore() {
    uncaught.close();
  }

  @Test
  @DisplayName("C19 on a time source of one's own all runs where it runs its tasks, within advance")
  void advance_returns_allHasHappenedHere() {
    var threads = new ArrayList<Thread>();
    CancelCtx ctx = parent.withTimeout(SECOND, () -> {
      threads.add(Thread.currentThread());
      return null;
    });
    ctx.onDone(() -> threads.add(Thread.currentThread()));
    ctx.onDone(() -> {}, task -> threads.add(Thread.currentThread()));
    ctx.withCancel().onDone(() -> threads.add(Thread.currentThread()));
    ctx.done().subscribe(new Signals() {
      @Override
      public void onComplete() {
        threads.add(Thread.currentThread());
      }
    });

    time.advance(SECOND);

    assertThat(threads).hasSize(5).containsOnly(Thread.currentThread());
  }

  @Test
  @DisplayName("C35 the delay is what is left")
  void withTimeout_schedulesWhatIsLeft() {
    parent.withTimeout(SECOND);
    parent.withDeadline(HookedTime.START.plusNanos(1));

    assertThat(time.delays()).containsExactly(SECOND, Duration.ofNanos(1));
  }

  @Test
  @DisplayName("C35 a task is taken off when its context ends in another way")
  void cancel_takesTheTaskOff() {
    parent.withTimeout(SECOND).cancel();
    assertThat(time.live()).isZero();

    parent.withTimeout(SECOND).withCancel().withTimeout(Duration.ofMillis(1));
    assertThat(time.live()).isEqualTo(2);
    parent.cancel();
    assertThat(time.live()).isZero();
  }

  @Test
  @DisplayName("C35 a task that comes early ends the context then")
  void task_early_endsTheContext() {
    CancelCtx ctx = parent.withTimeout(SECOND);
    ctx.onDone(told::incrementAndGet);

    time.runEarly();

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(told).hasValue(1);
    time.advance(SECOND);
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName(
      "C35 a task that comes inline ends the context then, which is not left on the parent")
  void task_inline_endsTheContext() {
    time.inline = true;
    var why = new Exception();

    CancelCtx ctx = parent.withTimeout(SECOND, () -> {
      asked.incrementAndGet();
      return why;
    });

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(ctx.cause()).isSameAs(why);
    assertThat(asked).hasValue(1);
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("C35 a task that comes after a cancellation changes nothing")
  void task_afterCancel_changesNothing() {
    var kept = new ArrayList<Runnable>();
    var stubborn = new TimeSource() {
      @Override
      public Instant now() {
        return HookedTime.START;
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        kept.add(task);
        return () -> false; // too late, it says
      }
    };
    CancelCtx ctx = Ctx.root(stubborn).withTimeout(SECOND, () -> {
      asked.incrementAndGet();
      return null;
    });
    ctx.onDone(told::incrementAndGet);
    ctx.cancel();

    kept.forEach(Runnable::run);

    assertThat(ctx.err()).isInstanceOf(CanceledException.class);
    assertThat(asked).hasValue(0);
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C35 what schedule throws comes out, and nothing is left on the parent")
  void schedule_throws_comesOut() {
    for (Throwable thrown : new Throwable[] {new IllegalStateException(), new AssertionError()}) {
      time.inSchedule = () -> Uncaught.sneak(thrown);

      assertThatThrownBy(() -> parent.withTimeout(SECOND)).isSameAs(thrown);
      assertThatThrownBy(() -> parent.withTimeout(SECOND, () -> null)).isSameAs(thrown);
      assertThatThrownBy(() -> parent.withDeadline(HookedTime.START.plusSeconds(1)))
          .isSameAs(thrown);
      assertThatThrownBy(() -> Ctx.root(time).withTimeout(SECOND)).isSameAs(thrown);
    }
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(uncaught.reported()).isEmpty();

    time.inSchedule = () -> {};
    CancelCtx after = parent.withTimeout(SECOND);
    assertThat(parent.tree().lines()).hasSize(2);
    assertThat(parent.cancel()).isTrue();
    assertThat(after.isDone()).isTrue();
  }

  @Test
  @DisplayName("C35 what unregister throws is reported, and the rest is done and told")
  void unregister_throws_isReported() {
    CancelCtx first = parent.withTimeout(SECOND);
    CancelCtx second = parent.withTimeout(SECOND);
    parent.onDone(told::incrementAndGet);
    first.onDone(told::incrementAndGet);
    second.onDone(told::incrementAndGet);
    var thrown = new AssertionError();
    time.inUnregister = () -> {
      throw thrown;
    };

    assertThat(parent.cancel()).isTrue();

    assertThat(told).hasValue(3);
    assertThat(uncaught.reported()).containsExactly(thrown, thrown);
    assertThat(time.live()).isZero();
  }

  @Test
  @DisplayName("C35 the same where the timed context itself is canceled")
  void unregister_throwsOnOwnCancel_isReported() {
    CancelCtx ctx = parent.withTimeout(SECOND);
    ctx.onDone(told::incrementAndGet);
    CancelCtx alone = parent.withTimeout(SECOND);
    var thrown = new IllegalStateException();
    time.inUnregister = () -> {
      throw thrown;
    };

    assertThat(ctx.cancel()).isTrue();
    assertThat(alone.cancel()).isTrue();

    assertThat(told).hasValue(1);
    assertThat(uncaught.reported()).containsExactly(thrown, thrown);
    assertThat(parent.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C35 a parent that ends inside schedule: the child is done and its task taken off")
  void schedule_parentEndsInside_taskIsTakenOff() {
    time.inSchedule = parent::cancel;

    CancelCtx ctx = parent.withTimeout(SECOND);

    assertThat(ctx.err()).isNotNull().isSameAs(parent.err());
    assertThat(time.live()).isZero();
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.OwnThread;
import io.ctx4j.testing.Threads;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Waiting for a context, and sleeping under one. */
class AwaitTest implements OwnThread {
  private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

  private final HookedTime time = new HookedTime();
  private final CancelCtx ctx = Ctx.root(time).withCancel();

  /** A thread of its own that waits; its state says whether it does. */
  private static final class Waiting {
    static final String NAME = "waits";

    private final FutureTask<Object> wait;
    private final Thread thread;

    Waiting(Callable<Object> wait) {
      this.wait = new FutureTask<>(wait);
      this.thread = new Thread(this.wait, NAME);
      thread.setDaemon(true);
      thread.start();
    }

    static Waiting on(Ctx.Action<InterruptedException> wait) {
      var waiting = new Waiting(() -> {
        wait.run();
        return "returned";
      });
      waiting.untilItWaits();
      return waiting;
    }

    void untilItWaits() {
      Threads.until(() -> thread.getState() == Thread.State.WAITING
          || thread.getState() == Thread.State.TIMED_WAITING);
    }

    Object end() throws Throwable {
      try {
        return wait.get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw e.getCause();
      }
    }
  }

  @Override
  public void afterOnItsThread() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  @DisplayName("B6 await returns once ctx is done, and everything below it is")
  void await_done_returns() throws Throwable {
    CancelCtx child = ctx.withCancel();
    Waiting waiting = Waiting.on(ctx::await);

    ctx.cancel();

    assertThat(waiting.end()).isEqualTo("returned");
    assertThat(child.isDone()).isTrue();
  }

  @Test
  @DisplayName(
      "B6 done before: await returns at once, sleep throws, also for a time of zero or less")
  void doneBefore_doesNotWait() throws InterruptedException {
    ctx.cancel();

    ctx.await();
    for (Duration each :
        new Duration[] {HUGE, Duration.ZERO, Duration.ofSeconds(-1), HUGE.negated()}) {
      assertThat(ctx.await(each)).isTrue();
      assertThatThrownBy(() -> ctx.sleep(each))
          .isInstanceOf(CanceledException.class)
          .isNotSameAs(ctx.err());
    }
    assertThat(time.delays()).isEmpty();
  }

  @Test
  @DisplayName("B6 a time of zero or less does not wait, and arms no timer")
  void noTime_doesNotWait() throws InterruptedException {
    for (Ctx each : new Ctx[] {ctx, Ctx.background(), Ctx.background().withCancel()}) {
      for (Duration no : new Duration[] {Duration.ZERO, Duration.ofNanos(-1), HUGE.negated()}) {
        assertThat(each.await(no)).isFalse();
        each.sleep(no);
      }
    }
    assertThat(time.delays()).isEmpty();
  }

  @Test
  @DisplayName("B6 the clock is moved: await(Duration) is false, sleep returns, not before")
  void clockMoved_ends() throws Throwable {
    var waiting = new Waiting(() -> ctx.await(Duration.ofSeconds(2)));
    waiting.untilItWaits();
    Waiting sleeping = Waiting.on(() -> ctx.sleep(Duration.ofSeconds(2)));
    Waiting inBackground = Waiting.on(() -> Ctx.root(time).sleep(Duration.ofSeconds(2)));

    time.advance(Duration.ofNanos(1_999_999_999));
    assertThat(time.live()).isEqualTo(3);
    time.advance(Duration.ofNanos(1));

    assertThat(waiting.end()).isEqualTo(false);
    assertThat(sleeping.end()).isEqualTo("returned");
    assertThat(inBackground.end()).isEqualTo("returned");
  }

  @Test
  @DisplayName("B6 done before the time is over: true, or ctx's error, and no timer stays")
  void doneMeanwhile_ends() throws Throwable {
    var waiting = new Waiting(() -> ctx.await(Duration.ofSeconds(2)));
    waiting.untilItWaits();
    Waiting sleeping = Waiting.on(() -> ctx.sleep(Duration.ofSeconds(2)));

    ctx.cancel(new Exception("why"));

    assertThat(waiting.end()).isEqualTo(true);
    assertThatThrownBy(sleeping::end).isInstanceOf(CanceledException.class).hasCause(ctx.cause());
    assertThat(time.live()).isZero();
  }

  @Test
  @DisplayName(
      "B6 the time is over before the deadline, and one step of the clock passes both: the time was first")
  void bothInOneStep_theFirstCounts() throws Throwable {
    CancelCtx timed = ctx.withTimeout(Duration.ofSeconds(3));
    var stepped = new CountDownLatch(1);
    time.inUnregister = () -> { // they wake, and are held up before they look
      if (Thread.currentThread().getName().equals(Waiting.NAME)) {
        Threads.await(stepped);
      }
    };
    var shorter = new Waiting(() -> timed.await(Duration.ofSeconds(2)));
    shorter.untilItWaits();
    Waiting sleeping = Waiting.on(() -> timed.sleep(Duration.ofSeconds(2)));
    var longer = new Waiting(() -> timed.await(Duration.ofSeconds(4)));
    longer.untilItWaits();

    time.advance(Duration.ofSeconds(10));
    stepped.countDown();

    assertThat(shorter.end()).isEqualTo(false);
    assertThat(sleeping.end()).isEqualTo("returned");
    assertThat(longer.end()).isEqualTo(true);
  }

  @Test
  @DisplayName(
      "B6 the time is over while a callback holds up ctx's news: ctx was first, and at once")
  void timeOver_doneAndNotTold_isDone() throws Throwable {
    var held = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    ctx.onDone(() -> {
      held.countDown();
      Threads.await(goOn);
    });
    var waiting = new Waiting(() -> ctx.await(Duration.ofSeconds(2)));
    waiting.untilItWaits();
    Waiting sleeping = Waiting.on(() -> ctx.sleep(Duration.ofSeconds(2)));
    Future<?> canceling = Threads.start(ctx::cancel);
    Threads.await(held);

    time.advance(Duration.ofSeconds(2));

    assertThat(waiting.end()).isEqualTo(true);
    assertThatThrownBy(sleeping::end).isInstanceOf(CanceledException.class);
    assertThat(canceling.isDone()).isFalse();
    goOn.countDown();
    Threads.join(canceling);
  }

  @Test
  @DisplayName(
      "B6 on the system's clock no sooner than that, and on a context that can never be done")
  void system_notEarly() throws InterruptedException {
    for (Ctx each : new Ctx[] {Ctx.background(), Ctx.background().withCancel()}) {
      long start = System.nanoTime();
      each.sleep(Duration.ofMillis(15));
      assertThat(each.await(Duration.ofMillis(15))).isFalse();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000L);
    }
  }

  @Test
  @DisplayName("B6 on the system's clock a deadline ends them")
  void system_deadlineEnds() throws InterruptedException {
    CancelCtx timed = Ctx.background().withTimeout(Duration.ofMillis(5));
    assertThatThrownBy(() -> timed.sleep(HUGE)).isInstanceOf(DeadlineExceededException.class);
    assertThat(Ctx.background().withTimeout(Duration.ofMillis(5)).await(Duration.ofHours(1)))
        .isTrue();
    Ctx.background().withTimeout(Duration.ofMillis(5)).await();
  }

  static Stream<Ctx.Action<InterruptedException>> waits() {
    var time = new ManualTime();
    return Stream.of(
            Ctx.background(),
            Ctx.background().withCancel(),
            Ctx.root(time).withCancel(),
            Ctx.root(time))
        .flatMap(ctx -> Stream.of(
            ctx::await,
            () -> ctx.await(HUGE),
            () -> ctx.await(Duration.ofHours(1)),
            () -> ctx.sleep(HUGE),
            () -> ctx.sleep(Duration.ofHours(1))));
  }

  @ParameterizedTest
  @MethodSource("waits")
  @DisplayName("B6 interrupted on entry, or while they wait: they throw, and the flag is clear")
  void interrupted_throws(Ctx.Action<InterruptedException> wait) {
    Thread.currentThread().interrupt();
    assertThatThrownBy(wait::run).isInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();

    Waiting waiting = Waiting.on(wait);
    waiting.thread.interrupt();
    assertThatThrownBy(waiting::end).isInstanceOf(InterruptedException.class);
  }

  @Test
  @DisplayName("B6 interrupted on entry: they throw on a done context and without any time, too")
  void interruptedOnEntry_doneOrNoTime_throws() {
    CancelCtx done = ctx.withCancel();
    done.cancel();
    for (Ctx.Action<InterruptedException> each : List.<Ctx.Action<InterruptedException>>of(
        done::await,
        () -> done.await(HUGE),
        () -> done.sleep(HUGE),
        () -> ctx.sleep(Duration.ZERO))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(each::run).isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  @DisplayName("B6 interrupted: nothing stays on the clock or on ctx")
  void interrupted_leavesNothing() {
    WeakReference<Thread> thread = Memory.weak(() -> {
      Waiting waiting = Waiting.on(() -> ctx.sleep(Duration.ofSeconds(2)));
      waiting.thread.interrupt();
      assertThatThrownBy(waiting::end).isInstanceOf(InterruptedException.class);
      Threads.until(() -> !waiting.thread.isAlive());
      return waiting.thread;
    });

    assertThat(time.live()).isZero();
    assertThat(Memory.isCollected(thread)).isTrue();
  }

  @Test
  @DisplayName("B6 the time is over: nothing stays on ctx, which lives on")
  void timeOver_leavesNothing() {
    WeakReference<Thread> thread = Memory.weak(() -> {
      var waiting = new Waiting(() -> ctx.await(Duration.ofNanos(1)));
      while (waiting.thread.isAlive()) {
        time.advance(Duration.ofNanos(1));
      }
      assertThat(waiting.wait).isDone().succeedsWithin(Duration.ZERO).isEqualTo(false);
      return waiting.thread;
    });

    assertThat(Memory.isCollected(thread)).isTrue();
  }

  @Test
  @DisplayName("B6 what schedule throws comes out, with nothing left on ctx")
  void schedule_throws_comesOut() {
    time.inSchedule = () -> {
      throw new IllegalStateException("no timer");
    };

    assertThatThrownBy(() -> ctx.sleep(Duration.ofSeconds(1))).hasMessage("no timer");
    assertThatThrownBy(() -> ctx.await(Duration.ofSeconds(1))).hasMessage("no timer");
  }

  @Test
  @DisplayName("B6 what unregister throws is reported, and they end as they would")
  void unregister_throws_isReported() throws Throwable {
    var thrown = new IllegalStateException();
    time.inUnregister = () -> Uncaught.sneak(thrown);
    var reported = new Uncaught[1];
    var waiting = new Waiting(() -> {
      reported[0] = Uncaught.here();
      return ctx.await(Duration.ofSeconds(1));
    });
    waiting.untilItWaits();

    ctx.cancel();

    assertThat(waiting.end()).isEqualTo(true);
    assertThat(reported[0].reported()).containsExactly(thrown);
  }

  @Test
  @DisplayName("C35 a time source that runs its task inline: the sleep is over then")
  void inline_ends() throws InterruptedException {
    time.inline = true;

    ctx.sleep(Duration.ofSeconds(1));
    assertThat(ctx.await(Duration.ofSeconds(1))).isFalse();
  }

  @Test
  @DisplayName("B6 C35 more time than a time source is asked for: no timer, and ctx ends it")
  void huge_armsNoTimer() throws Throwable {
    Waiting waiting = Waiting.on(() -> ctx.await(HUGE));
    Waiting sleeping = Waiting.on(() -> ctx.sleep(Duration.ofDays(36_501)));
    assertThat(time.delays()).isEmpty();
    Waiting longest = Waiting.on(() -> ctx.await(Duration.ofDays(36_500)));
    assertThat(time.delays()).containsExactly(Duration.ofDays(36_500));

    ctx.cancel();

    assertThat(waiting.end()).isEqualTo("returned");
    assertThat(longest.end()).isEqualTo("returned");
    assertThatThrownBy(sleeping::end).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("B6 a wake-up that is for nobody is no reason to return")
  void unparked_waitsOn() throws Throwable {
    Waiting waiting = Waiting.on(ctx::await);
    for (int i = 0; i < 100; i++) {
      LockSupport.unpark(waiting.thread);
      waiting.untilItWaits();
    }
    ctx.cancel();
    assertThat(waiting.end()).isEqualTo("returned");
  }
}

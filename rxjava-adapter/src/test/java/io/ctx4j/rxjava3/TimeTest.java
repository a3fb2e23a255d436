package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.TimeSource;
import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.schedulers.TestScheduler;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A scheduler as the clock of a tree. */
class TimeTest {
  private final TestScheduler scheduler = new TestScheduler();
  private final TimeSource time = RxCtxOps.timeSource(scheduler);
  private final Ctx root = Ctx.root(time);
  private final AtomicInteger ran = new AtomicInteger();

  @Test
  @DisplayName("X4 the clock is the scheduler's")
  void now_testScheduler_isItsTime() {
    assertThat(time.now()).isEqualTo(Instant.EPOCH);
    scheduler.advanceTimeBy(90, TimeUnit.MINUTES);

    assertThat(time.now()).isEqualTo(Instant.EPOCH.plus(Duration.ofMinutes(90)));
    assertThat(time.nanoTime()).isEqualTo(Duration.ofMinutes(90).toNanos());
  }

  @Test
  @DisplayName(
      "X4 deadlines are kept in virtual time; who waits is told before the advance returns")
  void deadline_advanced_isDone() {
    List<String> told = new ArrayList<>();
    CancelCtx ctx = root.withTimeout(Duration.ofHours(1));
    ctx.onDone(() -> told.add("callback"));
    TestObserver<Void> done =
        RxCtxOps.done(ctx).doOnComplete(() -> told.add("done")).test();

    scheduler.advanceTimeBy(59, TimeUnit.MINUTES);
    assertThat(ctx.remaining()).isEqualTo(Duration.ofMinutes(1));
    assertThat(told).isEmpty();
    scheduler.advanceTimeBy(1, TimeUnit.MINUTES);

    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
    done.assertResult();
    assertThat(told).containsExactly("callback", "done");
  }

  @Test
  @DisplayName("X4 a canceled context takes its task off the scheduler")
  void cancel_timed_takesTheTaskOff() {
    CancelCtx ctx = root.withTimeout(Duration.ofHours(1));
    ctx.cancel();

    scheduler.advanceTimeBy(2, TimeUnit.HOURS);

    assertThat(ctx.err()).isNotInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName(
      "X4 a task runs once, and not inside of schedule; unregister is true where it kept it from that")
  void schedule_any_runsOnceOrNever() {
    Ctx.Registration run = time.schedule(ran::incrementAndGet, Duration.ofSeconds(1));
    Ctx.Registration kept = time.schedule(ran::incrementAndGet, Duration.ofSeconds(1));
    assertThat(ran).hasValue(0);

    assertThat(kept.unregister()).isTrue();
    assertThat(kept.unregister()).isFalse();
    scheduler.advanceTimeBy(10, TimeUnit.SECONDS);

    assertThat(ran).hasValue(1);
    assertThat(run.unregister()).isFalse();
  }

  @Test
  @DisplayName(
      "X4 C25 a task that was taken off is not held by the scheduler until it would be due")
  void unregister_live_leavesTheScheduler() {
    WeakReference<Ctx.Registration> dropped = Memory.weak(() -> {
      Ctx.Registration registration = time.schedule(ran::incrementAndGet, Duration.ofDays(1));
      registration.unregister();
      return registration;
    });

    assertThat(Memory.isCollected(dropped)).isTrue();
    assertThat(scheduler.now(TimeUnit.DAYS)).isZero();
  }

  @Test
  @DisplayName("X4 the longest delay there is, and the shortest")
  void schedule_extremes_areKept() {
    time.schedule(ran::incrementAndGet, Duration.ofDays(36_500));
    time.schedule(ran::incrementAndGet, Duration.ofNanos(1));

    scheduler.advanceTimeBy(1, TimeUnit.NANOSECONDS);
    assertThat(ran).hasValue(1);
    scheduler.advanceTimeBy(36_500, TimeUnit.DAYS);

    assertThat(ran).hasValue(2);
  }

  @Test
  @DisplayName(
      "X4 two time sources of one scheduler are equal: deadlines of merged contexts compare")
  void timeSource_sameScheduler_isEqual() {
    assertThat(RxCtxOps.timeSource(scheduler)).isEqualTo(time).hasSameHashCodeAs(time);
    assertThat(RxCtxOps.timeSource(new TestScheduler())).isNotEqualTo(time);
    Ctx other = Ctx.root(RxCtxOps.timeSource(scheduler));

    CancelCtx merged = Ctx.merge(
        root.withTimeout(Duration.ofSeconds(5)), other.withTimeout(Duration.ofSeconds(2)));

    assertThat(merged.remaining()).isEqualTo(Duration.ofSeconds(2));
    assertThat(root).hasToString("root(TestScheduler)");
  }

  @Test
  @DisplayName("X4 R11 each subscription, and so each attempt of a retry, has a timeout of its own")
  void withTimeout_retried_startsAnew() {
    var attempts = new AtomicInteger();
    CancelCtx parent = root.withTimeout(Duration.ofSeconds(25));
    TestObserver<Object> observer = Single.defer(() -> {
          attempts.incrementAndGet();
          return Single.never();
        })
        .compose(RxCtxOps.withTimeout(parent, Duration.ofSeconds(10)))
        .retry(thrown -> !parent.isDone())
        .test();

    scheduler.advanceTimeBy(9, TimeUnit.SECONDS);
    assertThat(attempts).hasValue(1);
    scheduler.advanceTimeBy(11, TimeUnit.SECONDS);
    assertThat(attempts).hasValue(3);
    observer.assertNotComplete().assertNoErrors();
    scheduler.advanceTimeBy(5, TimeUnit.SECONDS);

    assertThat(attempts).hasValue(3);
    observer.assertFailure(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("X4 R11 the timeout counts from the subscription, not from assembly")
  void withTimeout_subscribedLater_countsFromThere() {
    Single<Object> bound =
        Single.never().compose(RxCtxOps.withTimeout(root, Duration.ofSeconds(10)));
    scheduler.advanceTimeBy(1, TimeUnit.HOURS);
    TestObserver<Object> observer = bound.test();

    scheduler.advanceTimeBy(9, TimeUnit.SECONDS);
    observer.assertEmpty();
    scheduler.advanceTimeBy(1, TimeUnit.SECONDS);

    observer.assertFailure(DeadlineExceededException.class);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R11 C35 a time source that fails to schedule: the error is told, and nothing subscribed")
  void withTimeout_timeSourceThrows_isTold(Type type) {
    Ctx broken = Ctx.root(new TimeSource() {
      @Override
      public Instant now() {
        return Instant.EPOCH;
      }

      @Override
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        throw new IllegalStateException("shut down");
      }
    });
    var source = new Source();
    var probe = new Probe();

    type.subscribe(source, probe, Binding.within(broken, Duration.ofSeconds(1)));

    probe.assertSignals("error shut down");
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("X4 a real scheduler: its threads run the tasks, and so what a deadline calls back")
  void schedule_realScheduler_runsThere() {
    var ran = new CountDownLatch(1);
    var threads = new ArrayList<String>();
    RxCtxOps.timeSource(Schedulers.single())
        .schedule(
            () -> {
              threads.add(Thread.currentThread().getName());
              ran.countDown();
            },
            Duration.ofMillis(1));

    Threads.await(ran);

    assertThat(threads).singleElement().asString().contains("RxSingleScheduler");
  }
}

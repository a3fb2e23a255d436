package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Foreign code and threads at their worst: interrupts, clocks that jump, exceptions that throw.
 *
 * <p>Planted bugs, each seen: an interrupt ends the timer's or a worker's thread, makes deadlines
 * fire, or is left to the next callback; a supplier is asked on the timer's thread; a task that
 * comes is told to wait for its clock; nanoseconds are compared by {@code <=}, or what is left is
 * read from the wall clock; to ask makes done.
 */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class HostileTest {
  private static final Duration SOON = Duration.ofMillis(5);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final CountDownLatch release = new CountDownLatch(1);
  private final Uncaught uncaught = Uncaught.everywhere();

  @AfterEach
  void restore() {
    release.countDown();
    Thread.interrupted();
    uncaught.close();
  }

  // --- interrupts

  private static Arguments named(String what, Consumer<CancelCtx> call) {
    return Arguments.of(what, call);
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        named("cancel", CancelCtx::cancel),
        named("close", CancelCtx::close),
        named("cancel again", ctx -> {
          ctx.cancel();
          ctx.cancel();
        }),
        named("derive", ctx -> ctx.withCancel().withTimeout(HOUR, () -> null).withName("n")),
        named("merge", ctx -> Ctx.merge(ctx, Ctx.background().withTimeout(HOUR)).close()),
        named("callbacks", ctx -> ctx.onDone(() -> {}).unregister()),
        named("subscribe", ctx -> Signals.of(ctx).subscription().cancel()),
        named("read", ctx -> {
          ctx.remaining();
          ctx.tree();
          ctx.throwIfDone();
        }),
        named("schedule", ctx -> TimeSource.system().schedule(() -> {}, HOUR).unregister()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  @DisplayName("C5 on an interrupted thread every call works, and leaves the flag")
  void call_onInterruptedThread_keepsTheFlag(String what, Consumer<CancelCtx> call) {
    CancelCtx ctx = Ctx.background().withTimeout(HOUR);
    var told = new AtomicInteger();
    ctx.withCancel().onDone(told::incrementAndGet);
    Thread.currentThread().interrupt();

    call.accept(ctx);

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    ctx.cancel();
    assertThat(told).hasValue(1);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(uncaught.reported()).isEmpty();
  }

  @Test
  @DisplayName(
      "C5 a loser that is interrupted while it waits for the marking finds all done, and keeps the flag")
  void loser_interrupted_waitsAllTheSame() {
    CancelCtx top = Ctx.background().withCancel();
    var ends = new ArrayList<CancelCtx>();
    for (int i = 0; i < 100_000; i++) {
      ends.add(top.withCancel());
    }
    var wrong = new AtomicInteger();
    Runnable cancel = () -> {
      Thread.currentThread().interrupt();
      top.cancel();
      if (!ends.stream().allMatch(Ctx::isDone)) {
        wrong.incrementAndGet();
      }
      if (!Thread.interrupted()) {
        wrong.incrementAndGet();
      }
    };

    Threads.race(cancel, cancel);

    assertThat(wrong).hasValue(0);
  }

  private static Stream<Thread> library(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name));
  }

  @Test
  @DisplayName("C18 C19 interrupted, the library's threads go on: nothing early, nothing lost")
  void libraryThreads_interrupted_goOn() {
    var fired = new CountDownLatch(50);
    var early = new AtomicInteger();
    for (int i = 0; i < 50; i++) {
      long start = System.nanoTime();
      Duration timeout = Duration.ofMillis(20 + i);
      Threads.onTheirThread(body -> Ctx.background().withTimeout(timeout).onDone(body), () -> {
        if (System.nanoTime() - start < timeout.toNanos()) {
          early.incrementAndGet();
        }
        fired.countDown();
      });
    }
    while (fired.getCount() > 0) {
      library("ctx4j-timer").forEach(Thread::interrupt);
      library("ctx4j-worker").forEach(Thread::interrupt);
    }

    assertThat(early).hasValue(0);
    assertThat(uncaught.reported()).isEmpty();
  }

  @Test
  @DisplayName("C19 who interrupts a callback on a worker does not interrupt the next one")
  void worker_interruptedInCallback_nextIsNot() {
    var interrupted = new AtomicInteger();
    var told = new CountDownLatch(50);
    for (int i = 0; i < 50; i++) { // due together, so that one worker has many, one after the other
      Threads.onTheirThread(
          body -> Ctx.background().withTimeout(Duration.ofMillis(20)).onDone(body), () -> {
            if (Thread.currentThread().isInterrupted()) {
              interrupted.incrementAndGet();
            }
            Thread.currentThread().interrupt();
            told.countDown();
          });
    }
    Threads.await(told);

    assertThat(interrupted).hasValue(0);
  }

  // --- exceptions

  /** Throws whatever it is asked, but for what the JVM itself calls. */
  private static final class Hostile extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("asked");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("asked");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("asked");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throw new IllegalStateException("asked");
    }

    @Override
    public int hashCode() {
      throw new IllegalStateException("asked");
    }
  }

  @Test
  @DisplayName("C2 C34 a cause that throws whatever it is asked is passed on unasked")
  void cause_hostile_isNotAsked() {
    var why = new Hostile();
    var time = new HookedTime();
    CancelCtx timed = Ctx.root(time).withTimeout(SECOND, () -> why);
    CancelCtx canceled = Ctx.root(time).withName("n").withCancel();
    Ctx below = Ctx.merge(canceled, timed).withCancel();

    canceled.cancel(why);
    time.advance(SECOND);

    for (Ctx ctx : List.of(timed, canceled, below)) {
      assertThat(ctx.cause() == why).isTrue();
      assertThat(requireNonNull(ctx.err()).copy().getCause() == why).isTrue();
      assertThat(ctx.tree()).startsWith(ctx.toString());
      try {
        ctx.throwIfDone();
      } catch (CtxException e) {
        assertThat(e.getCause() == why).isTrue();
      }
    }
    assertThat(uncaught.reported()).isEmpty();
  }

  @Test
  @DisplayName("C8 a callback that throws such a one is reported, and the others run")
  void callback_throwsHostile_isReported() {
    var thrown = new Hostile();
    var told = new AtomicInteger();
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.onDone(() -> {
      throw thrown;
    });
    ctx.onDone(told::incrementAndGet);

    assertThat(ctx.cancel()).isTrue();

    assertThat(told).hasValue(1);
    assertThat(uncaught.reported()).hasSize(1);
    assertThat(uncaught.reported().get(0) == thrown).isTrue();
  }

  @Test
  @DisplayName(
      "C16 C19 a supplier that blocks on system() holds up nobody, and a cancellation wins")
  void supplier_blocks_cancelDoesNotWait() {
    var asked = new CountDownLatch(1);
    CancelCtx parent = Ctx.background().withCancel();
    var blocked = new Box<CancelCtx>();
    Threads.onTheirThread(
        body -> blocked.set(parent.withTimeout(SOON, () -> {
          body.run();
          return new Exception("too late");
        })),
        () -> {
          asked.countDown();
          Threads.await(release);
        });
    Threads.await(asked);
    CancelCtx ctx = blocked.get();
    Ctx other = Ctx.background().withTimeout(SOON, () -> null);
    Threads.until(other::isDone);

    Threads.elsewhere(parent::cancel);

    assertThat(ctx.err()).isSameAs(parent.err());
    release.countDown();
    var later = new CountDownLatch(1);
    Ctx.background().withTimeout(SOON).onDone(later::countDown);
    Threads.await(later);
    assertThat(ctx.cause()).isSameAs(parent.err());
  }

  // --- clocks

  /**
   * A clock whose two hands go where they are put; its tasks are kept, to be run any number of
   * times.
   */
  private static class Jumping implements TimeSource {
    Instant now = HookedTime.START;
    long nanos = Long.MAX_VALUE - 10;
    final List<Runnable> tasks = new ArrayList<>();

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      assertThat(delay).isPositive().isLessThanOrEqualTo(Duration.ofDays(36_525));
      tasks.add(task);
      return () -> false;
    }
  }

  @Test
  @DisplayName("C18 C35 a clock that jumps back keeps a deadline live; the task ends it, once")
  void clock_jumpsBack_taskEndsIt() {
    var time = new Jumping();
    CancelCtx ctx = Ctx.root(time).withTimeout(SECOND);
    var told = new AtomicInteger();
    ctx.onDone(told::incrementAndGet);
    time.nanos -= HOUR.toNanos();
    time.now = Instant.MIN;

    assertThat(ctx.remaining()).isEqualTo(SECOND.plus(HOUR));
    assertThat(ctx.withTimeout(SECOND).isDone()).isFalse();
    Threads.race(time.tasks.get(0), time.tasks.get(0), time.tasks.get(0));

    assertThat(told).hasValue(1);
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName(
      "C14 C18 a clock that jumps a century on, past the overflow, and a timer that never comes")
  void clock_jumpsOn_isPastAndNotDone() {
    var time = new Jumping();
    CancelCtx ctx = Ctx.root(time).withTimeout(SECOND);
    time.nanos += Duration.ofDays(36_000).toNanos();
    time.now = Instant.MAX;

    assertThat(ctx.remaining()).isZero();
    assertThat(ctx.isDone()).isFalse();
    Ctx late = ctx.withDeadline(HookedTime.START.plus(SECOND));
    assertThat(late.err()).isInstanceOf(DeadlineExceededException.class);
    assertThat(ctx.withTimeout(HOUR).isDone()).isFalse(); // C13: the parent's counts
    assertThat(ctx.cancel()).isTrue();
    time.tasks.forEach(Runnable::run);
    assertThat(ctx.err()).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("C31 C35 a schedule that returns null is refused, and nothing is left on the parent")
  void schedule_returnsNull_isRefused() {
    var time = new Jumping() {
      @Override
      @SuppressWarnings("NullAway") // that is what it is about
      public Ctx.Registration schedule(Runnable task, Duration delay) {
        return null;
      }
    };
    CancelCtx parent = Ctx.root(time).withCancel();

    assertThatThrownBy(() -> parent.withTimeout(SECOND))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("schedule");

    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.cancel()).isTrue();
  }

  @Test
  @DisplayName(
      "C24 a time source whose equals throws: that comes out of merge, and nothing is registered")
  void merge_equalsThrows_nothingIsRegistered() {
    var thrown = new IllegalStateException("equals");
    var time = new Jumping() {
      @Override
      public boolean equals(@Nullable Object other) {
        throw thrown;
      }

      @Override
      public int hashCode() {
        throw thrown;
      }

      @Override
      public String toString() {
        return "hostile";
      }
    };
    CancelCtx plain = Ctx.background().withTimeout(HOUR);
    CancelCtx hostile = Ctx.root(time).withTimeout(HOUR);

    assertThatThrownBy(() -> Ctx.merge(hostile, plain)).isSameAs(thrown);

    assertThat(plain.tree().lines()).hasSize(1);
    assertThat(hostile.tree().lines()).hasSize(1);
    assertThat(plain.cancel()).isTrue();
  }

  // --- callbacks

  @Test
  @DisplayName(
      "C9 C26 callbacks that throw, derive, register, cancel others and block, on four threads at once")
  void callbacks_atTheirWorst_eachRunsOnce() {
    for (int round = 0; round < 200; round++) {
      var trees = new CancelCtx[4];
      var told = new AtomicInteger();
      for (int i = 0; i < trees.length; i++) {
        trees[i] = Ctx.background().withTimeout(HOUR);
      }
      Runnable worst = () -> {
        told.incrementAndGet();
        for (CancelCtx each : trees) {
          each.withCancel().onDone(told::incrementAndGet);
          each.withTimeout(SOON).cancel();
          each.cancel(new Exception("mutual"));
        }
        Threads.elsewhere(() -> trees[0].withCancel().onDone(() -> {}));
        throw new AssertionError("worst");
      };
      for (CancelCtx each : trees) {
        each.onDone(worst);
        each.withCancel().onDone(worst, task -> {
          task.run();
          throw new RejectedExecutionException("after all");
        });
      }

      Threads.race(trees[0]::cancel, trees[1]::close, trees[2]::cancel, trees[3]::cancel);

      assertThat(told).hasValue(8 * (1 + 4)); // each worst, and what each registered in four trees
      assertThat(trees).allMatch(Ctx::isDone);
    }
  }
}

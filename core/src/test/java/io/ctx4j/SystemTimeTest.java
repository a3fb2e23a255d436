package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.spi.LibraryTimer;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Fork;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The system's clocks and the threads of the library. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class SystemTimeTest {
  private static final Duration SOON = Duration.ofMillis(5);

  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void releaseBlocked() {
    release.countDown();
  }

  private void block() {
    Threads.await(release);
  }

  /** Returns once a fresh deadline has ended its context and its callback has run. */
  private static void awaitAnother() {
    var fired = new CountDownLatch(1);
    CancelCtx ctx = Ctx.background().withTimeout(SOON, () -> null);
    ctx.onDone(fired::countDown);
    Threads.await(fired);
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }

  /** Returns once foreign code, put in place by the argument, blocks its thread. */
  private void blockIn(Consumer<Runnable> foreign) {
    var entered = new CountDownLatch(1);
    Threads.onTheirThread(foreign, () -> {
      entered.countDown();
      block();
    });
    Threads.await(entered);
  }

  private static void supply(Runnable body) {
    Ctx.background().withTimeout(SOON, () -> {
      body.run();
      return null;
    });
  }

  @Test
  @DisplayName("C19 no foreign code runs on the timer's thread, of whatever kind it is")
  void foreignCode_blocks_timerGoesOn() {
    blockIn(block -> Ctx.background().withTimeout(SOON).onDone(block));
    awaitAnother();
    blockIn(block -> Ctx.background().withTimeout(SOON).withCancel().onDone(block));
    awaitAnother();
    blockIn(block -> Ctx.background().withTimeout(SOON).onDone(() -> {}, task -> block.run()));
    awaitAnother();
    blockIn(block -> supply(block));
    awaitAnother();
    blockIn(block -> Ctx.background().withTimeout(SOON).done().subscribe(new Signals() {
      @Override
      public void onComplete() {
        block.run();
      }
    }));
    awaitAnother();
    blockIn(block -> {
      var listener = new DoneListener() {
        @Override
        protected void onDone(CtxException err) {
          block.run();
        }
      };
      if (!listener.listen(Ctx.background().withTimeout(SOON))) {
        block.run();
      }
    });
    awaitAnother();
    blockIn(block -> TimeSource.system().schedule(block, SOON));
    awaitAnother();
    blockIn(block -> {
      var time = new HookedTime();
      time.inUnregister = block;
      CancelCtx timed = Ctx.background().withTimeout(SOON);
      Ctx.merge(Ctx.root(time), timed).withTimeout(Duration.ofHours(1));
      if (time.delays().isEmpty()) {
        block.run(); // too late: there was nothing to schedule any more
      }
    });
    awaitAnother();
  }

  @Test
  @DisplayName("C19 an uncaught-exception handler does not run on the timer's thread either")
  void handler_blocks_timerGoesOn() {
    try (var uncaught = Uncaught.everywhere()) {
      var entered = new CountDownLatch(1);
      Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
        entered.countDown();
        block();
      });
      Threads.onTheirThread(throwing -> Ctx.background().withTimeout(SOON).onDone(throwing), () -> {
        throw new IllegalStateException();
      });
      Threads.await(entered);

      awaitAnother();

      assertThat(uncaught.reported()).isEmpty();
    }
  }

  @Test
  @DisplayName("C19 255 blocked callbacks delay nobody")
  void callbacks_255Blocked_delayNobody() {
    var blocked = new CountDownLatch(255);
    for (int i = 0; i < 255; i++) {
      Runnable entering = () -> {
        blocked.countDown();
        block();
      };
      if (i % 3 == 0) {
        Threads.onTheirThread(SystemTimeTest::supply, entering);
      } else {
        Threads.onTheirThread(body -> Ctx.background().withTimeout(SOON).onDone(body), entering);
      }
    }
    Threads.await(blocked);

    awaitAnother();
    awaitAnother();
  }

  @Test
  @DisplayName("C19 contexts become done on time even while callbacks wait for a thread")
  void callbacks_moreBlockedThanThreads_contextsAreDone() {
    var told = new CountDownLatch(600);
    List<CancelCtx> all = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      Threads.onTheirThread(
          body -> {
            CancelCtx ctx = Ctx.background().withTimeout(SOON);
            ctx.onDone(body);
            all.add(ctx.withCancel());
          },
          () -> {
            block();
            told.countDown();
          });
    }

    Threads.until(() -> all.stream().allMatch(Ctx::isDone));

    assertThat(told.getCount()).isEqualTo(600);
    release.countDown();
    Threads.await(told);
  }

  /**
   * Callbacks and suppliers that block for as many threads as there are for them, and more that
   * wait.
   */
  private void blockAllForForeignCode() {
    var blocked = new CountDownLatch(256);
    for (int i = 0; i < 300; i++) {
      Runnable entering = () -> {
        blocked.countDown();
        blockUntilTheTestIsOver();
      };
      if (i % 3 == 0) {
        Threads.onTheirThread(SystemTimeTest::supply, entering);
      } else {
        Threads.onTheirThread(body -> Ctx.background().withTimeout(SOON).onDone(body), entering);
      }
    }
    Threads.await(blocked);
  }

  /** Without a guard, which would let go before that of the test does. */
  private void blockUntilTheTestIsOver() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A listener that is the library's own, on a context that its deadline ends. */
  private static void ownWord(Ctx ctx, Runnable body) {
    var own = new DoneListener() {
      @Override
      protected boolean runsApart() {
        return true;
      }

      @Override
      protected void onDone(CtxException err) {
        body.run();
      }
    };
    if (!own.listen(ctx)) {
      body.run();
    }
  }

  @Test
  @DisplayName("C19 what the library has to say waits for no callback, however many are blocked")
  void ownWords_allForeignBlocked_areSaid() {
    blockAllForForeignCode();
    var said = new CountDownLatch(2);

    Threads.onTheirThread(
        word -> ownWord(Ctx.background().withTimeout(SOON), word), said::countDown);
    LibraryTimer.schedule(said::countDown, SOON);

    Threads.await(said);
  }

  @Test
  @DisplayName(
      "C7, C19 callbacks behind the library's own word come after it, and not on its threads")
  void ownWord_callbackBehind_keepsTheOrder() {
    blockAllForForeignCode();
    Await.longEnough(SOON.toMillis(), this::isOrderKept);
  }

  /** False: the deadline had passed before all was in place. */
  private boolean isOrderKept(long millis) {
    List<String> order = new CopyOnWriteArrayList<>();
    var own = new CountDownLatch(1);
    var behind = new CountDownLatch(2);
    CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMillis(millis));
    ownWord(ctx, () -> {
      order.add("own");
      own.countDown();
    });
    ctx.onDone(() -> {
      order.add("callback");
      behind.countDown();
    });
    ctx.withCancel().onDone(behind::countDown);
    if (ctx.isDone()) {
      return false;
    }
    Threads.await(own);

    assertThat(order).containsExactly("own");
    release.countDown();
    Threads.await(behind);
    assertThat(order).endsWith("callback");
    return true;
  }

  @Test
  @DisplayName("C35 a task of the library's own runs once, unless it was taken off before")
  void ownTask_taken_doesNotRun() {
    Await.longEnough(20, millis -> isTaken(LibraryTimer::schedule, millis));
  }

  /** False: it ran before it could be taken off. */
  private static boolean isTaken(
      BiFunction<Runnable, Duration, Ctx.Registration> timer, long millis) {
    var ran = new CountDownLatch(1);
    var wrong = new AtomicBoolean();
    Duration delay = Duration.ofMillis(millis);
    Ctx.Registration taken = timer.apply(() -> wrong.set(true), delay);
    if (!taken.unregister()) {
      return false;
    }
    assertThat(taken.unregister()).isFalse();

    Ctx.Registration kept = timer.apply(ran::countDown, delay.plusMillis(10));
    Threads.await(ran);

    assertThat(kept.unregister()).isFalse();
    assertThat(wrong).isFalse();
    return true;
  }

  @SuppressWarnings("ThreadPriorityCheck")
  private static void leaveTraces() {
    Thread.currentThread().setContextClassLoader(new ClassLoader("guest's", null) {});
    Thread.currentThread().setPriority(Thread.MIN_PRIORITY);
    Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> {});
    Thread.currentThread().interrupt();
  }

  private static String traces() {
    Thread thread = Thread.currentThread();
    return thread.getContextClassLoader().getName()
        + ", priority " + thread.getPriority()
        + ", interrupted " + thread.isInterrupted()
        + ", own handler " + (thread.getUncaughtExceptionHandler() != thread.getThreadGroup());
  }

  @Test
  @DisplayName("C20 what foreign code leaves on its thread is gone before the next one runs")
  void traces_ofForeignCode_areGone() {
    List<String> seen = new CopyOnWriteArrayList<>();

    // of one cancellation, after its supplier, and below it, and of another one
    Await.longEnough(SOON.toMillis(), millis -> {
      Thread here = Thread.currentThread();
      var told = new CountDownLatch(4);
      Runnable body = () -> {
        if (Thread.currentThread() != here) { // else its deadline had passed
          seen.add(traces());
          leaveTraces();
        }
        told.countDown();
      };
      CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMillis(millis), () -> {
        leaveTraces();
        return null;
      });
      ctx.onDone(body);
      ctx.onDone(body);
      ctx.withCancel().onDone(body);
      CancelCtx other = Ctx.background().withTimeout(Duration.ofMillis(millis));
      other.onDone(body);
      boolean inTime = !ctx.isDone() && !other.isDone();
      Threads.await(told);
      return inTime;
    });

    String untouched =
        "app, priority " + Thread.NORM_PRIORITY + ", interrupted false, own handler false";
    assertThat(seen).isNotEmpty().allMatch(untouched::equals);
  }

  @Test
  @DisplayName("C19 what a callback throws is reported on its thread, and the timer goes on")
  void callback_throws_isReported() {
    try (var uncaught = Uncaught.everywhere()) {
      var thrown = new AssertionError("of a callback");
      Threads.onTheirThread(throwing -> Ctx.background().withTimeout(SOON).onDone(throwing), () -> {
        throw thrown;
      });
      Threads.until(() -> uncaught.reported().size() == 1);
      var task = new IllegalStateException("of a task");
      TimeSource.system()
          .schedule(
              () -> {
                throw task;
              },
              SOON);

      Threads.until(() -> uncaught.reported().size() == 2);

      assertThat(uncaught.reported()).containsExactly(thrown, task);
      awaitAnother();
    }
  }

  @Test
  @DisplayName("C35 system() runs a task once, unless it was taken off before")
  void schedule_taken_doesNotRun() {
    Await.longEnough(20, millis -> isTaken(TimeSource.system()::schedule, millis));
  }

  @Test
  @DisplayName("C20 what was taken off is not kept by the timer")
  void schedule_taken_isForgotten() {
    var time = new SystemTime(System.nanoTime(), 1);
    Ctx.Registration taken = time.schedule(() -> {}, Duration.ofSeconds(5));
    time.schedule(() -> {}, Duration.ofSeconds(5));
    assertThat(taken.unregister()).isTrue();
    List<TimedNode> kept = TimerWheelTest.chain(time.stripe(0).advance(Long.MAX_VALUE >> 20));
    assertThat(kept).hasSize(1);
    assertThat(taken.unregister()).isFalse();
  }

  @Test
  @DisplayName("C20 while nothing is due the timer's thread sleeps")
  void timer_nothingDue_sleeps() {
    CancelCtx ctx = Ctx.background().withTimeout(Duration.ofHours(1));
    Threads.until(() -> Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("ctx4j-timer")
            && thread.getState() == Thread.State.TIMED_WAITING));
    ctx.cancel();
  }

  @Test
  @Tag("process")
  @DisplayName(
      "C20 its threads are daemons, inherit nothing of the guest who comes first, end when idle and keep no JVM alive")
  void threads_inFreshJvm_inheritNothingAndEnd() {
    assertThat(Fork.run(SystemTimeMain.class))
        .containsExactlyInAnyOrder(
            "started true",
            "daemon true",
            "inherited null",
            "own loader false",
            "topmost group true",
            "priority 5",
            "ended true",
            "again true");
  }
}

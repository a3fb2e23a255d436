package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ctx4j.testing.OwnThread;
import io.ctx4j.testing.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Fan-out: the first failure, the parent's end, joining and closing. */
@SuppressWarnings("FutureReturnValueIgnored") // join tells
class GroupTest implements OwnThread {
  private static final Executor THREADS = task -> Threads.start(task);

  private volatile Thread test = Thread.currentThread();
  private final ManualTime time = new ManualTime();
  private final CancelCtx parent = Ctx.root(time).withCancel();
  private final CtxGroup group = CtxGroup.of(parent, THREADS);
  private final CountDownLatch blocked = new CountDownLatch(1);
  private final AtomicInteger running = new AtomicInteger();
  private final Exception failure = new IOException("first");

  /**
   * A task that blocks until it is interrupted, and does not end before the test waits for
   * something.
   */
  private Object block() throws InterruptedException {
    running.incrementAndGet();
    try {
      blocked.countDown();
      new CountDownLatch(1).await();
      throw new AssertionError();
    } finally {
      Threads.until(() -> test.getState() != Thread.State.RUNNABLE);
      running.decrementAndGet();
    }
  }

  private Object fail() throws Exception {
    Threads.await(blocked);
    throw failure;
  }

  private static Throwable causeOf(Future<?> future) {
    Throwable thrown = catchThrowable(future::get);
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    return requireNonNull(thrown.getCause());
  }

  @Override
  public void beforeOnItsThread() {
    test = Thread.currentThread();
  }

  @Override
  public void afterOnItsThread() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @AfterEach
  void nothingIsLeft() {
    group.close();
    assertThat(running).hasValue(0);
    assertThat(parent.isDone() || parent.tree().lines().count() == 1).isTrue();
  }

  @Test
  @DisplayName(
      "E1 all succeed: join returns, the results are there, and the group's context is done")
  void join_allSucceed_returns() throws Exception {
    Future<String> one = group.go(() -> "one");
    Future<Integer> two = group.go(() -> 2);

    group.join();

    assertThat(one.isDone()).isTrue();
    assertThat(one.get()).isEqualTo("one");
    assertThat(two.get()).isEqualTo(2);
    assertThat(group.ctx().isDone()).isTrue();
    assertThat(parent.isDone()).isFalse();
    group.join();
  }

  @Test
  @DisplayName(
      "E1 the first failure cancels the others, with it as the cause, and is the cause of join's")
  void join_oneFails_cancelsTheOthers() {
    Future<Object> other = group.go(this::block);
    Future<Object> failing = group.go(this::fail);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(group::join).isInstanceOf(ExecutionException.class).hasCause(failure);
    }

    assertThat(group.ctx().cause()).isSameAs(failure);
    assertThat(causeOf(failing)).isSameAs(failure);
    assertThat(causeOf(other))
        .isInstanceOf(CanceledException.class)
        .hasCause(failure)
        .satisfies(e ->
            assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class));
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName("E1 a failure after the first changes nothing")
  void join_secondFailure_isNotTold() {
    group.go(() -> {
      try {
        return block();
      } catch (InterruptedException e) {
        throw new IllegalStateException("second");
      }
    });
    group.go(this::fail);

    assertThatThrownBy(group::join).hasCause(failure);
    assertThat(group.ctx().cause()).isSameAs(failure);
  }

  @Test
  @DisplayName(
      "E1 an Error, a CtxException of another context and a CancellationException are failures, too")
  void join_anyThrowable_isAFailure() {
    CancelCtx other = Ctx.background().withTimeout(Duration.ZERO);
    for (Throwable thrown : new Throwable[] {
      new StackOverflowError(),
      catchThrowable(other::throwIfDone),
      new CancellationException(),
      new InterruptedException()
    }) {
      try (CtxGroup each = CtxGroup.of(parent, THREADS)) {
        Future<Object> failing = each.go(() -> {
          Uncaught.sneak(thrown);
          return "none";
        });
        assertThatThrownBy(each::join)
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isSameAs(thrown);
        assertThat(causeOf(failing)).isSameAs(thrown);
        assertThat(failing.isCancelled()).isFalse();
      }
    }
  }

  @Test
  @DisplayName("E1 the parent's end is thrown itself, after what ran was waited for")
  void join_parentEnds_throwsIt() {
    Future<Object> task = group.go(this::block);
    Threads.await(blocked);
    Future<?> canceling = Threads.start(() -> parent.cancel(failure));

    assertThatThrownBy(group::join).isInstanceOf(CanceledException.class).hasCause(failure);

    assertThat(running).hasValue(0);
    assertThat(causeOf(task)).isInstanceOf(CanceledException.class).hasCause(failure);
    Threads.join(canceling);
  }

  @Test
  @DisplayName(
      "E1 the parent's deadline likewise; a result that comes all the same is in the future")
  void join_parentsDeadline_throwsIt() throws Exception {
    try (CtxGroup each = CtxGroup.of(parent.withTimeout(Duration.ofSeconds(1)), THREADS)) {
      Future<String> task = each.go(() -> {
        try {
          block();
        } catch (InterruptedException e) {
          return "all the same";
        }
        return "never";
      });
      Threads.await(blocked);
      time.advance(Duration.ofSeconds(1));

      assertThatThrownBy(each::join).isInstanceOf(DeadlineExceededException.class);
      assertThat(task.get()).isEqualTo("all the same");
    }
  }

  @Test
  @DisplayName("E1 the parent ends after all tasks have: join returns what there is")
  void join_parentEndsAfterAll_returns() throws Exception {
    Future<Integer> task = group.go(() -> 1);
    assertThat(task.get()).isEqualTo(1);
    Threads.until(() -> group.ctx().tree().lines().count() == 1);
    try (CtxGroup inline = CtxGroup.of(parent, Runnable::run)) {
      Future<Integer> other = inline.go(() -> 2);
      parent.cancel();
      inline.join();
      assertThat(other.get()).isEqualTo(2);
    }
  }

  @Test
  @DisplayName(
      "E1 to cancel a returned future is no failure: its task is interrupted, the others go on")
  void future_canceled_isNoFailure() throws Exception {
    Future<Object> canceled = group.go(this::block);
    Threads.await(blocked);
    Future<Integer> other = group.go(() -> 7);

    assertThat(canceled.cancel(true)).isTrue();
    group.join();

    assertThat(running).hasValue(0);
    assertThat(canceled.isCancelled()).isTrue();
    assertThatThrownBy(canceled::get).isInstanceOf(CancellationException.class);
    assertThat(other.get()).isEqualTo(7);
    assertThat(other.cancel(true)).isFalse();
    assertThat(other.isCancelled()).isFalse();
  }

  @Test
  @DisplayName("E1 cancel(false) does not interrupt; join waits for the task")
  void future_canceledGently_isWaitedFor() throws Exception {
    var mayEnd = new CountDownLatch(1);
    var interrupted = new AtomicInteger();
    Future<Object> canceled = group.go(() -> {
      blocked.countDown();
      Threads.await(mayEnd);
      interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
      throw new IOException("nobody's");
    });
    Threads.await(blocked);
    canceled.cancel(false);
    Future<?> ending = Threads.start(mayEnd::countDown);

    group.join();

    assertThat(canceled.isCancelled()).isTrue();
    assertThat(interrupted).hasValue(0);
    Threads.join(ending);
  }

  /** An executor that runs nothing of its own accord. */
  private static final class Later implements Executor {
    final Queue<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    void runAll() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }
  }

  @Test
  @DisplayName("E2 queued tasks are not waited for once the group has ended, fail, and never run")
  void queued_groupEnds_isCut() {
    var later = new Later();
    var ran = new AtomicInteger();
    CtxGroup each = CtxGroup.of(parent, later);
    Future<Integer> queued = each.go(ran::incrementAndGet);
    Future<Integer> canceled = each.go(ran::incrementAndGet);
    canceled.cancel(true);
    parent.cancel(failure);

    assertThatThrownBy(each::join).isInstanceOf(CanceledException.class).hasCause(failure);
    assertThat(causeOf(queued)).isInstanceOf(CanceledException.class).hasCause(failure);
    assertThat(queued.isCancelled()).isFalse();
    assertThat(canceled.isCancelled()).isTrue();
    later.runAll();
    assertThat(ran).hasValue(0);
    each.close();
  }

  @Test
  @DisplayName("E2 a queued task that is canceled is not waited for, and never runs")
  void queued_canceled_isNotWaitedFor() throws Exception {
    var later = new Later();
    var ran = new AtomicInteger();
    CtxGroup each = CtxGroup.of(parent, later);
    assertThat(each.go(ran::incrementAndGet).cancel(false)).isTrue();

    each.join();

    later.runAll();
    assertThat(ran).hasValue(0);
  }

  @Test
  @DisplayName("E2 close cancels what runs, waits for it, and keeps the thread's interrupt")
  void close_waitsUninterruptibly() {
    Future<Object> task = group.go(this::block);
    Threads.await(blocked);
    Thread.currentThread().interrupt();

    group.close();

    assertThat(running).hasValue(0);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(causeOf(task))
        .isInstanceOfSatisfying(
            CanceledException.class, e -> assertThat(e.isClosed()).isTrue());
    assertThatThrownBy(group::join).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("E2, C9 a callback of the parent closes or joins: what runs is interrupted before")
  void parentsCallback_waitsForTasks_theyAreInterrupted() {
    var stillRun = new AtomicInteger();
    List<Throwable> thrown = new ArrayList<>();
    Future<Object> task = group.go(this::block);
    Threads.await(blocked);
    parent.onDone(() -> {
      thrown.add(catchThrowable(group::join));
      group.close();
      stillRun.addAndGet(running.get());
    });

    Threads.join(Threads.start(() -> parent.cancel(failure)));

    assertThat(stillRun).hasValue(0);
    assertThat(thrown).singleElement().isInstanceOf(CanceledException.class);
    assertThat(causeOf(task)).isInstanceOf(CanceledException.class).hasCause(failure);
  }

  @Test
  @DisplayName(
      "E2, C9 a callback of the group's own failure closes it, and waits for the other tasks")
  void groupsCallback_closes_waitsForTheOthers() {
    var stillRun = new AtomicInteger();
    Future<Object> other = group.go(this::block);
    Threads.await(blocked);
    group.ctx().onDone(() -> {
      group.close();
      stillRun.addAndGet(running.get());
    });
    Future<Object> failing = group.go(this::fail);

    assertThatThrownBy(group::join).hasCause(failure);

    assertThat(stillRun).hasValue(0);
    assertThat(causeOf(failing)).isSameAs(failure);
    assertThat(causeOf(other)).isInstanceOf(CanceledException.class).hasCause(failure);
  }

  @Test
  @DisplayName("E2, C9 the same where the executor rejects, on the thread of go")
  void groupsCallback_closesARejection_waitsForTheOthers() {
    var mayRun = new AtomicInteger(1);
    CtxGroup each = CtxGroup.of(parent, task -> {
      if (mayRun.getAndDecrement() == 0) {
        throw new RejectedExecutionException("full");
      }
      Threads.start(task);
    });
    each.go(this::block);
    Threads.await(blocked);
    each.ctx().onDone(each::close);

    Threads.join(Threads.start(() -> each.go(() -> 1)));

    assertThat(running).hasValue(0);
    assertThatThrownBy(each::join).hasCauseInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @DisplayName("E1 a callback of the group's context that blocks keeps no task from its interrupt")
  void groupsCallback_blocks_tasksAreInterrupted() {
    var mayGoOn = new CountDownLatch(1);
    var wentOn = new AtomicBoolean();
    group.ctx().onDone(() -> {
      try {
        Threads.await(mayGoOn);
      } finally {
        wentOn.set(true);
      }
    });
    Future<Object> task = group.go(this::block);
    Threads.await(blocked);
    Future<?> canceling = Threads.start(() -> parent.cancel(failure));

    assertThat(causeOf(task)).isInstanceOf(CanceledException.class);
    assertThat(wentOn).isFalse();
    mayGoOn.countDown();
    Threads.join(canceling);
  }

  @Test
  @DisplayName("E2 a group that has come and gone leaves nothing on the parent")
  void groups_comeAndGo_leaveNothing() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      try (CtxGroup each = CtxGroup.of(parent, Runnable::run)) {
        int now = i;
        each.go(() -> now);
        if (i % 2 == 0) {
          each.join();
        }
      }
    }
    assertThat(parent.tree().lines()).hasSize(2); // and the test's own
  }

  @Test
  @DisplayName("E3 a rejected task is a failure, and its future has it")
  void go_rejected_isAFailure() {
    for (Throwable thrown :
        new Throwable[] {new RejectedExecutionException("full"), new OutOfMemoryError("no thread")
        }) {
      CtxGroup each = CtxGroup.of(parent, task -> Uncaught.sneak(thrown));
      Future<Integer> rejected = each.go(() -> 1);

      assertThat(causeOf(rejected)).isSameAs(thrown);
      assertThat(each.ctx().cause()).isSameAs(thrown);
      assertThatThrownBy(each::join).isInstanceOf(ExecutionException.class).hasCause(thrown);
      each.close();
    }
  }

  @Test
  @DisplayName("E3 go after the group has ended gives a canceled future, and the task is not run")
  void go_ended_isCanceled() throws Exception {
    var ran = new AtomicInteger();
    CtxGroup joined = CtxGroup.of(parent, Runnable::run);
    joined.join();
    CtxGroup closed = CtxGroup.of(parent, Runnable::run);
    closed.close();
    CtxGroup failed = CtxGroup.of(parent, Runnable::run);
    failed.go(() -> {
      throw failure;
    });
    parent.cancel();
    CtxGroup late = CtxGroup.of(parent, Runnable::run);
    List<Future<Integer>> refused = new ArrayList<>();
    for (CtxGroup each : List.of(joined, closed, failed, late)) {
      refused.add(each.go(ran::incrementAndGet));
    }

    assertThat(refused).allMatch(Future::isCancelled);
    assertThat(refused)
        .allSatisfy(
            each -> assertThatThrownBy(each::get).isInstanceOf(CancellationException.class));
    assertThat(ran).hasValue(0);
    assertThatThrownBy(late::join).isInstanceOf(CanceledException.class);
    assertThatThrownBy(failed::join).hasCause(failure);
  }

  @Test
  @DisplayName(
      "E4 interrupted in join, or before: the group is canceled, its tasks waited for, then it throws")
  void join_interrupted_cancelsAndWaits() {
    Future<Object> task = group.go(this::block);
    Threads.await(blocked);
    Thread here = Thread.currentThread();
    Future<?> interrupting = Threads.start(() -> {
      Threads.until(() -> here.getState() == Thread.State.WAITING);
      here.interrupt();
    });

    Throwable thrown = catchThrowable(group::join);

    assertThat(thrown).isInstanceOf(InterruptedException.class);
    assertThat(running).hasValue(0);
    assertThat(group.ctx().cause()).isSameAs(thrown);
    assertThat(causeOf(task)).isInstanceOf(CanceledException.class);
    Threads.join(interrupting);

    here.interrupt();
    assertThatThrownBy(() -> CtxGroup.of(parent, THREADS).join())
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  @DisplayName("E1 a task starts others, which are joined as well; ctx() has no power to cancel")
  void go_inATask_isJoined() throws Exception {
    var ran = new AtomicInteger();
    group.go(() -> {
      for (int i = 0; i < 10; i++) {
        group.go(ran::incrementAndGet);
      }
      return group.ctx().isCancelable();
    });
    group.join();

    assertThat(ran).hasValue(10);
    assertThat(group.ctx()).isNotInstanceOf(CancelCtx.class);
  }

  @Test
  @DisplayName("E1 under a background: works the same, and a null result is one")
  void background_works() throws Exception {
    try (CtxGroup each = CtxGroup.of(Ctx.background(), THREADS)) {
      Future<Thread> task = each.go(Thread::currentThread);
      each.join();
      assertThat(task.get()).isNotSameAs(Thread.currentThread());
    }
  }

  @Test
  @DisplayName("E1, C31 null names the parameter")
  @SuppressWarnings("NullAway") // on purpose
  void null_throws() {
    assertThatThrownBy(() -> CtxGroup.of(null, Runnable::run)).hasMessage("parent");
    assertThatThrownBy(() -> CtxGroup.of(parent, null)).hasMessage("executor");
    assertThatThrownBy(() -> group.go(null)).hasMessage("task");
  }

  @Test
  @DisplayName(
      "E1, E2 go, a failure, join and close at once, over and over: nothing runs afterwards, one cause")
  void race_anyOrder_holds() {
    for (int round = 0; round < 500; round++) {
      var runs = new AtomicInteger();
      try (CtxGroup each = CtxGroup.of(parent, THREADS)) {
        boolean fails = round % 2 == 0;
        Threads.race(
            () -> each.go(() -> {
              runs.incrementAndGet();
              try {
                each.ctx().await(Duration.ofNanos(1));
                if (fails) {
                  throw new IllegalStateException("one");
                }
                return "";
              } finally {
                runs.decrementAndGet();
              }
            }),
            () -> each.go(() -> {
              throw failure;
            }),
            () -> {
              Throwable thrown = catchThrowable(each::join);
              assertThat(runs).hasValue(0);
              assertThat(thrown == null
                      || thrown instanceof CtxException
                      || thrown.getCause() == each.ctx().cause())
                  .isTrue();
            },
            each::close);
      }
      assertThat(runs).hasValue(0);
    }
  }
}

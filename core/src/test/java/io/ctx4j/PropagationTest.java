package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How far a cancellation reaches: all that is below, and nothing else. */
class PropagationTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private final CancelCtx parent = Ctx.background().withCancel();

  /** Contexts of every kind that end with {@code ctx}. */
  static List<Ctx> everyDerivation(Ctx ctx) {
    return List.of(
        ctx.withCancel(),
        ctx.withTimeout(Duration.ofHours(1)),
        ctx.withTimeout(Duration.ofHours(1), () -> new Exception("not asked for")),
        ctx.withDeadline(java.time.Instant.MAX),
        ctx.withValue(USER, "u"),
        ctx.withName("n"),
        Ctx.merge(ctx, Ctx.background()),
        Ctx.merge(Ctx.todo(), ctx),
        ctx.withCancel().withValue(USER, "u").withCancel());
  }

  @Test
  @DisplayName("C5 when cancel returns, all below is done and told")
  void cancel_returns_subtreeIsDoneAndTold() {
    var told = new AtomicInteger();
    List<Ctx> below = below(parent, told);

    assertThat(parent.cancel()).isTrue();

    assertThat(below).allMatch(Ctx::isDone);
    assertThat(told).hasValue(below.size());
  }

  @Test
  @DisplayName("C5 when close returns, all below is done and told")
  void close_returns_subtreeIsDoneAndTold() {
    var told = new AtomicInteger();
    List<Ctx> below = below(parent, told);

    parent.close();

    assertThat(below).allMatch(Ctx::isDone);
    assertThat(told).hasValue(below.size());
  }

  @Test
  @DisplayName("C5 a loser finds all done and waits for no callback")
  void cancel_whileWinnersCallbackIsStuck_isFalse() {
    List<Ctx> below = below(parent, new AtomicInteger());
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Ctx first = Ctx.merge(parent, Ctx.background());
    parent.onDone(() -> {
      entered.countDown();
      Threads.await(release);
    });
    Future<?> winner = Threads.start(parent::cancel);
    Threads.await(entered);

    boolean won = parent.cancel();
    below.forEach(ctx -> assertThat(ctx.isDone()).isTrue());
    parent.close();

    assertThat(won).isFalse();
    assertThat(first.isDone()).isTrue();
    release.countDown();
    Threads.join(winner);
  }

  @Test
  @DisplayName("C5 a cancel below one whose callback is stuck does not wait either")
  void cancel_belowWinnerWithStuckCallback_isFalse() {
    CancelCtx child = parent.withCancel();
    List<Ctx> below = below(child, new AtomicInteger());
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    parent.onDone(() -> {
      entered.countDown();
      Threads.await(release);
    });
    Future<?> winner = Threads.start(parent::cancel);
    Threads.await(entered);

    assertThat(child.cancel()).isFalse();
    assertThat(below).allMatch(Ctx::isDone);
    release.countDown();
    Threads.join(winner);
  }

  @Test
  @DisplayName("C5 a callback without an executor runs on the thread that cancels")
  void callback_withoutExecutor_runsOnTheCancelersThread() {
    var thread = new AtomicReference<Thread>();
    parent.withCancel().onDone(() -> thread.set(Thread.currentThread()));

    parent.cancel();

    assertThat(thread.get()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("C5 an interrupted thread cancels all the same, and stays interrupted")
  void cancel_onInterruptedThread_reachesAll() {
    CancelCtx child = parent.withTimeout(Duration.ofHours(1));
    Thread.currentThread().interrupt();

    assertThat(parent.cancel()).isTrue();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(child.isDone()).isTrue();
  }

  @Test
  @DisplayName("C11 canceling touches neither parent nor siblings")
  void cancel_ofChild_parentAndSiblingStay() {
    CancelCtx child = parent.withCancel();
    CancelCtx sibling = parent.withCancel();
    Ctx nephew = sibling.withCancel();
    var touched = new AtomicInteger();
    parent.onDone(touched::incrementAndGet);
    sibling.onDone(touched::incrementAndGet);

    child.cancel();

    assertThat(parent.err()).isNull();
    assertThat(sibling.err()).isNull();
    assertThat(nephew.err()).isNull();
    assertThat(touched).hasValue(0);
  }

  @Test
  @DisplayName("C11 a done child leaves the parent's register, and the others stay in it")
  void cancel_ofChild_leavesTheTree() {
    CancelCtx first = parent.withName("first").withCancel();
    CancelCtx second = parent.withName("second").withCancel();
    CancelCtx third = parent.withName("third").withCancel();

    second.cancel();
    assertThat(parent.tree()).contains("first", "third").doesNotContain("second");

    first.cancel();
    assertThat(parent.tree()).contains("third").doesNotContain("first");

    parent.cancel();
    assertThat(third.isDone()).isTrue();
  }

  /** Three levels of every kind, each with a callback that counts. */
  private static List<Ctx> below(Ctx ctx, AtomicInteger told) {
    List<Ctx> all = new ArrayList<>();
    for (Ctx child : everyDerivation(ctx)) {
      all.add(child);
      for (Ctx grandchild : everyDerivation(child)) {
        all.add(grandchild);
        all.addAll(everyDerivation(grandchild));
      }
    }
    all.forEach(each -> each.onDone(told::incrementAndGet));
    return all;
  }
}

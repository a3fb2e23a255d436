package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Two threads in one given order each, where a race would find the fault once in many runs, and the
 * races of {@code stress} are not at hand.
 *
 * <p>Planted bugs, each seen: {@code Cancellation.err} puts what it made without a compare-and-set;
 * {@code Node.adopt} does not ask the parent; {@code MergedNode.detach} keeps its claim;
 * {@code TimedNode.armed} does not ask again after arming.
 */
class InterleavingTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private static Node node(Ctx ctx) {
    return requireNonNull(((Handle) ctx).node);
  }

  @Test
  @DisplayName("C1 whoever asks for err at the same time gets the same instance")
  void err_askedWhileItIsMade_isTheSame() throws Exception {
    var user = (ScarceMemory.Asking) new ScarceMemory()
        .loadClass(ScarceMemoryUser.class.getName())
        .getConstructor()
        .newInstance();
    int within = 0;
    for (int nth = 1; within == nth - 1; nth++) { // as many as there are on the way
      Object ctx = user.canceled();
      var other = new AtomicReference<Object>();
      ScarceMemory.interrupt(nth, () -> other.set(user.err(ctx)));

      Object err = user.err(ctx);

      ScarceMemory.end();
      if (other.get() != null) {
        within++;
        assertThat(other.get()).isSameAs(err);
        assertThat(user.err(ctx)).isSameAs(err);
      }
    }
    assertThat(within).isPositive();
  }

  @Test
  @DisplayName(
      "C4, C14 who finds the parent done derives no live child, though its stripe is not marked yet")
  void derive_parentMarkedBeforeItsStripes_bornDone() {
    CancelCtx parent = Ctx.background().withCancel();
    node(parent).stripe(1);
    assertThat(parent.withCancel().isDone()).isFalse(); // and has made the stripe
    Cancellation by = Cancellation.canceled(node(parent).path, null);

    node(parent).end = by; // as between its mark and those of its stripes

    CancelCtx child = parent.withCancel();
    assertThat(child.isDone()).isTrue();
    assertThat(child.err()).isSameAs(by.err());
  }

  @Test
  @DisplayName(
      "C20 a merged context that one parent claims and another ends holds nothing of the first")
  void merged_claimedAndEndedByAnother_forgetsTheClaim() {
    CancelCtx first = Ctx.background().withCancel();
    CancelCtx merged = Ctx.merge(first, Ctx.background().withCancel());
    var node = (MergedNode) node(merged);
    node.claim(Cancellation.canceled(node(first).path, new IllegalStateException("of the first")));

    merged.cancel(); // before the first parent's cancellation has come down

    assertThat(node.claim()).isNull();
  }

  private static boolean isBlocked(@Nullable Thread thread) {
    return thread != null && thread.getState() == Thread.State.BLOCKED;
  }

  @Test
  @DisplayName("C20 a system deadline that is canceled while it is armed stays in no timer")
  void deadline_canceledWhileArmed_isTakenOff() {
    CancelCtx parent = Ctx.background().withCancel();
    var child = new AtomicReference<CancelCtx>();
    var deriving = new AtomicReference<Thread>();
    var derived = new AtomicReference<Future<?>>();
    withStripesHeld(
        0,
        () -> { // where the thread waits, its node in the parent's register
          derived.set(Threads.start(() -> {
            deriving.set(Thread.currentThread());
            child.set(parent.withTimeout(HOUR));
          }));
          Threads.until(
              () -> isBlocked(deriving.get()) && !node(parent).children().isEmpty());
          parent.cancel();
        });
    Threads.join(requireNonNull(derived.get()));

    CancelCtx ended = requireNonNull(child.get());
    assertThat(ended.isDone()).isTrue();
    assertThat(SystemTime.INSTANCE.remove((TimedNode) node(ended))).isFalse();
  }

  private static void withStripesHeld(int from, Runnable task) {
    if (from == SystemTime.INSTANCE.stripes.count()) {
      task.run();
      return;
    }
    synchronized (SystemTime.INSTANCE.stripe(from)) {
      withStripesHeld(from + 1, task);
    }
  }
}

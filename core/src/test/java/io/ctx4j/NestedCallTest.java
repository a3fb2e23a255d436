package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.OwnThread;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Calls within calls: one flag, and an interrupt for each. */
class NestedCallTest implements OwnThread {
  private final CancelCtx outer = Ctx.background().withCancel();
  private final CancelCtx inner = Ctx.background().withCancel();

  private static void forEver() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  private static boolean isInterrupted() {
    return Thread.currentThread().isInterrupted();
  }

  /** Runs the action under the context, which is to be done by its end. */
  private static void runCut(Ctx under, Ctx.Action<InterruptedException> action) {
    try {
      under.run(action);
    } catch (CtxException | InterruptedException e) {
      assertThat(e).isInstanceOf(CtxException.class);
    }
    assertThat(under.isDone()).isTrue();
  }

  @Override
  public void afterOnItsThread() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @RepeatedTest(20)
  @DisplayName(
      "B3 both contexts end in the inner task: the enclosing call's interrupt is left pending")
  void bothEnd_leavesTheOuterPending() {
    CancelCtx child = outer.withCancel();
    var blocked = new CountDownLatch(1);
    Future<?> canceling = Threads.start(() -> {
      Threads.await(blocked);
      outer.cancel();
    });

    outer.run(() -> {
      runCut(child, () -> {
        blocked.countDown();
        forEver();
      });
      while (!canceling.isDone()) { // a wait would use up an interrupt that comes meanwhile
        Thread.onSpinWait();
      }
      assertThat(isInterrupted()).isTrue();
    });
  }

  @RepeatedTest(20)
  @DisplayName("B3 both calls under one context: the enclosing call's interrupt is left pending")
  void sameContext_leavesTheOuterPending() {
    var blocked = new CountDownLatch(1);
    Future<?> canceling = Threads.start(() -> {
      Threads.await(blocked);
      outer.cancel();
    });

    outer.run(() -> {
      runCut(outer, () -> {
        blocked.countDown();
        forEver();
      });
      assertThat(isInterrupted()).isTrue();
    });
    Threads.join(canceling);
  }

  @Test
  @DisplayName(
      "B3 the outer's interrupt was pending when the inner call began: it still is afterwards")
  void outerPendingBefore_isPendingAfter() {
    outer.run(() -> {
      outer.cancel();
      inner.run(inner::cancel);
      assertThat(isInterrupted()).isTrue();
    });
  }

  @Test
  @DisplayName(
      "B2 the outer's interrupt was used up before the inner call began: it does not come again")
  void outerUsedUp_doesNotComeAgain() {
    outer.run(() -> {
      outer.cancel();
      assertThat(Thread.interrupted()).isTrue();
      inner.run(inner::cancel);
      assertThat(isInterrupted()).isFalse();
      runCut(inner.withCancel().withoutCancel().withTimeout(Duration.ofNanos(1)), () -> forEver());
      assertThat(isInterrupted()).isFalse();
    });
  }

  @Test
  @DisplayName("B3 only the inner context ends: the enclosing task is not interrupted")
  void innerEnds_leavesTheOuterAlone() {
    outer.run(() -> {
      inner.run(inner::cancel);
      assertThat(isInterrupted()).isFalse();
    });
  }

  @Test
  @DisplayName("B3 only the outer context ends: the inner call leaves the flag as its task does")
  void outerEnds_passesThrough() throws InterruptedException {
    outer.run(() -> {
      inner.run(outer::cancel);
      assertThat(Thread.interrupted()).isTrue();
    });

    CancelCtx next = Ctx.background().withCancel();
    next.run(() -> {
      try {
        inner.run(() -> {
          next.cancel();
          forEver();
        });
        throw new AssertionError();
      } catch (InterruptedException e) {
        assertThat(isInterrupted()).isFalse(); // told by the exception, and not a second time
      }
    });
  }

  @Test
  @DisplayName("B3 three deep, and the outermost ends first: each level leaves it to the next")
  void threeDeep_reachesTheOutermost() {
    CancelCtx middle = Ctx.background().withCancel();
    outer.run(() -> {
      middle.run(() -> {
        inner.run(() -> {
          outer.cancel();
          middle.cancel();
          inner.cancel();
          assertThat(Thread.interrupted()).isTrue();
        });
        assertThat(Thread.interrupted()).isTrue();
      });
      assertThat(Thread.interrupted()).isTrue();
    });
  }

  @Test
  @DisplayName("B3 a call after a nested one is on its own")
  void afterwards_nothingIsLeft() {
    outer.run(() -> {
      runCut(inner, inner::cancel);
      outer.cancel();
    });

    CancelCtx next = Ctx.background().withCancel();
    next.run(next::cancel);
    assertThat(isInterrupted()).isFalse();
  }
}

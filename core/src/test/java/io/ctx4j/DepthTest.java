package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A million deep and a million wide, on a small stack. */
@Tag("memory")
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class DepthTest {
  private static final int MILLION = 1_000_000;
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final CtxKey<Integer> DEPTH = CtxKey.named("depth");
  private static final CtxKey<String> MISSING = CtxKey.named("missing");

  /**
   * Less than what a thread has by default: recursion of ours shows early, that of the JDK does
   * not.
   */
  private static void onSmallStack(Runnable body) {
    var thrown = new AtomicInteger();
    var failure = new Throwable[1];
    Thread thread = new Thread(null, body, "small stack", 256 * 1024);
    thread.setUncaughtExceptionHandler((at, e) -> {
      failure[0] = e;
      thrown.incrementAndGet();
    });
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (thrown.get() > 0) {
      throw new AssertionError("on the small stack", failure[0]);
    }
  }

  private static CancelCtx chain(Ctx from, int length) {
    CancelCtx last = from.withCancel();
    for (int i = 1; i < length; i++) {
      last = last.withCancel();
    }
    return last;
  }

  @Test
  @DisplayName("C10 a chain of a million contexts is canceled from its top")
  void cancel_deepChain_lastIsDone() {
    CancelCtx top = Ctx.background().withCancel();
    CancelCtx last = chain(top, MILLION);
    var told = new AtomicInteger();
    last.onDone(told::incrementAndGet);

    onSmallStack(top::cancel);

    assertThat(last.err()).isNotNull().isSameAs(top.err());
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C10 a chain of a million contexts tells a million callbacks, parents first")
  void cancel_deepChainWithCallbacks_allAreTold() {
    CancelCtx top = Ctx.background().withCancel();
    var told = new AtomicInteger();
    Ctx last = top;
    for (int i = 0; i < MILLION; i++) {
      int depth = i;
      last.onDone(() -> told.compareAndSet(depth, depth + 1));
      last = last.withCancel();
    }

    onSmallStack(top::cancel);

    assertThat(told).hasValue(MILLION);
  }

  @Test
  @DisplayName("C10 a million children are canceled by their parent")
  void cancel_wideFan_allAreDone() {
    CancelCtx top = Ctx.background().withCancel();
    List<CancelCtx> children = new ArrayList<>(MILLION);
    var told = new AtomicInteger();
    for (int i = 0; i < MILLION; i++) {
      CancelCtx child = top.withCancel();
      child.onDone(told::incrementAndGet);
      children.add(child);
    }

    onSmallStack(top::cancel);

    assertThat(children).allMatch(Ctx::isDone);
    assertThat(told).hasValue(MILLION);
  }

  @Test
  @DisplayName("C10 a chain of a million values is looked up, listed and drawn")
  void value_deepChain_isFound() {
    Ctx ctx = Ctx.background().withValue(USER, "top");
    for (int i = 0; i < MILLION; i++) {
      ctx = i % 2 == 0 ? ctx.withValue(DEPTH, i) : ctx.withName("n");
    }
    Ctx last = ctx;
    var listed = new ArrayList<CtxKey<?>>();

    onSmallStack(() -> {
      assertThat(last.value(USER)).isEqualTo("top");
      assertThat(last.value(MISSING)).isNull();
      last.forEachValue((key, value) -> listed.add(key));
      assertThat(last.toString()).startsWith("background.withValue(user).withValue(depth)");
    });

    assertThat(listed).containsExactlyInAnyOrder(USER, DEPTH);
  }

  @Test
  @DisplayName("C10 toString of a chain of a million contexts")
  void toString_deepChain_isLinear() {
    CancelCtx top = Ctx.background().withCancel();
    CancelCtx last = chain(top, MILLION);

    onSmallStack(() -> {
      assertThat(last.toString()).hasSize("background".length() + 11 * (MILLION + 1));
      assertThat(last.tree().lines()).hasSize(1);
    });
    assertThat(top.isDone()).isFalse();
  }

  @Test
  @DisplayName("C10 tree of a chain of 200,000 contexts")
  void tree_deepChain_isLinear() {
    CancelCtx top = Ctx.background().withCancel();
    CancelCtx last = chain(top, 200_000);

    onSmallStack(() -> assertThat(top.tree().lines().count()).isEqualTo(200_001));
    assertThat(last.isDone()).isFalse();
  }

  @Test
  @DisplayName("C10 tree of a million children")
  void tree_wideFan_showsAll() {
    CancelCtx top = Ctx.background().withCancel();
    List<CancelCtx> children = new ArrayList<>(MILLION);
    for (int i = 0; i < MILLION; i++) {
      children.add(top.withCancel());
    }

    onSmallStack(() -> assertThat(top.tree().lines().count()).isEqualTo(MILLION + 1));
    assertThat(children).noneMatch(Ctx::isDone);
  }

  @Test
  @DisplayName("C10 a chain of merged contexts: cancel, value, toString, tree")
  void merge_deepChain_works() {
    int length = 100_000;
    CancelCtx top = Ctx.background().withCancel();
    Ctx other = Ctx.background().withValue(USER, "other");
    Ctx ctx = top;
    for (int i = 0; i < length; i++) {
      ctx = i % 2 == 0 ? Ctx.merge(ctx, other) : Ctx.merge(other, ctx.withValue(DEPTH, i));
    }
    Ctx last = ctx;

    onSmallStack(() -> {
      assertThat(last.value(USER)).isEqualTo("other");
      assertThat(last.value(DEPTH)).isEqualTo(length - 1);
      assertThat(last.value(MISSING)).isNull();
      assertThat(last.toString()).startsWith("merge(background").endsWith(")");
      assertThat(top.tree().lines().count()).isEqualTo(length + 1);
      top.cancel();
    });

    assertThat(last.err()).isNotNull().isSameAs(top.err());
  }

  @Test
  @DisplayName("C10 a context merged from very many: made and ended without recursion")
  void merge_wide_works() {
    Ctx[] parents = new Ctx[100_000];
    for (int i = 0; i < parents.length; i++) {
      parents[i] = Ctx.background().withValue(DEPTH, i).withCancel();
    }

    onSmallStack(() -> {
      CancelCtx merged = Ctx.merge(Ctx.background(), Ctx.todo(), parents);
      assertThat(merged.value(DEPTH)).isZero();
      ((CancelCtx) parents[50_000]).cancel();
      assertThat(merged.isDone()).isTrue();
    });
  }

  @Test
  @DisplayName("C10 while callbacks of a million children run, a sibling subtree does not wait")
  void cancel_wideFanUnderWay_siblingIsFree() {
    CancelCtx root = Ctx.background().withCancel();
    CancelCtx top = root.withCancel();
    CancelCtx sibling = root.withCancel();
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    top.withCancel().onDone(() -> {
      entered.countDown();
      Threads.await(release);
    });
    for (int i = 0; i < 10_000; i++) {
      top.withCancel();
    }
    var canceling = Threads.start(top::cancel);
    Threads.await(entered);

    CancelCtx child = sibling.withCancel();
    CancelCtx besides = root.withCancel();

    assertThat(child.cancel()).isTrue();
    assertThat(besides.cancel()).isTrue();
    assertThat(sibling.cancel()).isTrue();
    release.countDown();
    Threads.join(canceling);
  }

  @Test
  @DisplayName("C10 while very many children are marked, a sibling subtree does not wait")
  void cancel_wideFanBeingMarked_siblingIsFree() {
    for (int attempt = 0; attempt < 40; attempt++) {
      CancelCtx root = Ctx.background().withCancel();
      CancelCtx top = root.withCancel();
      CancelCtx sibling = root.withCancel();
      CancelCtx first = top.withCancel();
      for (int i = 0; i < MILLION / 4; i++) {
        top.withCancel();
      }
      CancelCtx last = top.withCancel();
      var between = new AtomicInteger();
      Threads.race(top::cancel, () -> {
        Threads.until(first::isDone);
        sibling.withCancel().cancel();
        root.withCancel().cancel();
        sibling.cancel();
        if (!last.isDone()) {
          between.incrementAndGet();
        }
      });
      if (between.get() > 0) {
        return;
      }
    }
    throw new AssertionError("never came in between");
  }
}

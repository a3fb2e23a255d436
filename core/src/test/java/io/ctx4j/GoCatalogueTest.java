package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What Go's own tests of its package context prove, of those that have a counterpart here.
 *
 * <p>Without one: contexts of strangers (Ctx is sealed), a key that cannot be compared, the
 * net.Error side of DeadlineExceeded, allocations (see the benchmarks). The table of causes:
 * {@link GoCauseTest}.
 */
class GoCatalogueTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration VERY_LONG = Duration.ofHours(1_000);
  private static final CtxKey<String> K1 = CtxKey.named("k1");
  private static final CtxKey<String> K2 = CtxKey.named("k2");
  private static final CtxKey<String> K3 = CtxKey.named("k3");

  private final CancelCtx parent = Ctx.background().withCancel();

  static void assertDone(Ctx ctx, Class<? extends CtxException> how) {
    assertThat(ctx.isDone()).isTrue();
    assertThat(ctx.err()).isInstanceOf(how);
    assertThat(Signals.of(ctx).events()).contains("onComplete");
  }

  static void assertLive(Ctx ctx) {
    assertThat(ctx.isDone()).isFalse();
    assertThat(ctx.err()).isNull();
    assertThat(Signals.of(ctx).events()).doesNotContain("onComplete");
  }

  static void awaitExceeded(Ctx ctx) {
    var done = new CountDownLatch(1);
    ctx.onDone(done::countDown);
    Threads.await(done);
    assertDone(ctx, DeadlineExceededException.class);
  }

  @Test
  @DisplayName("C3 Go 1 ParentFinishesChild")
  void parentFinishesChild() {
    CancelCtx cancelChild = parent.withCancel();
    Ctx valueChild = parent.withValue(K1, "v");
    CancelCtx timerChild = valueChild.withTimeout(VERY_LONG);
    Ctx.Registration stop = parent.onDone(() -> {});
    List.of(parent, cancelChild, valueChild, timerChild).forEach(GoCatalogueTest::assertLive);
    assertThat(parent.tree().lines()).hasSize(3);

    parent.cancel();

    for (Ctx ctx : List.of(parent, cancelChild, valueChild, timerChild)) {
      assertDone(ctx, CanceledException.class);
    }
    assertThat(stop.unregister()).isFalse();
    assertDone(parent.withValue(K2, "v"), CanceledException.class);
  }

  @Test
  @DisplayName("C11 Go 2 ChildFinishesFirst")
  void childFinishesFirst() {
    for (Ctx above : List.of(Ctx.background(), parent)) {
      CancelCtx child = above.withCancel();
      assertLive(above);
      assertLive(child);

      child.cancel();

      assertDone(child, CanceledException.class);
      assertLive(above);
      assertThat(above.tree().lines()).hasSize(1);
    }
  }

  @Test
  @DisplayName("C25 Go 3 CancelRemoves")
  void cancelRemoves() {
    List<CancelCtx> children = List.of(parent.withCancel(), parent.withTimeout(VERY_LONG));
    assertThat(parent.tree().lines()).hasSize(3);
    children.forEach(CancelCtx::cancel);
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.onDone(() -> {}).unregister()).isTrue();
  }

  @Test
  @DisplayName("C32 Go 5 and 6 Background, TODO")
  void backgroundAndTodo() {
    assertLive(Ctx.background());
    assertLive(Ctx.todo());
    assertThat(Ctx.background()).hasToString("background");
    assertThat(Ctx.todo()).hasToString("todo");
  }

  @Test
  @DisplayName("C5 Go 7 WithCancel")
  void withCancel() {
    assertThat(parent).hasToString("background.withCancel");
    Ctx wrapped = parent.withName("wrapped");
    CancelCtx child = wrapped.withCancel();
    List.of(parent, wrapped, child).forEach(GoCatalogueTest::assertLive);

    parent.cancel();

    List.of(parent, wrapped, child).forEach(ctx -> assertDone(ctx, CanceledException.class));
  }

  @Test
  @DisplayName("C14 Go 12 Deadline")
  void deadline() {
    Ctx inMillis = Ctx.background().withDeadline(Instant.now().plus(SHORT));
    assertThat(inMillis.toString()).startsWith("background.withDeadline(");
    awaitExceeded(inMillis);
    awaitExceeded(Ctx.background().withDeadline(Instant.now().plus(SHORT)).withValue(K1, "v"));
    Ctx outer = Ctx.background().withDeadline(Instant.now().plus(SHORT)).withName("n");
    awaitExceeded(outer.withDeadline(Instant.now().plus(VERY_LONG)));
    assertDone(
        Ctx.background().withDeadline(Instant.now().minus(SHORT)), DeadlineExceededException.class);
    awaitExceeded(Ctx.background().withDeadline(Instant.now()));
  }

  @Test
  @DisplayName("C13 Go 13 Timeout")
  void timeout() {
    Ctx inMillis = Ctx.background().withTimeout(SHORT);
    assertThat(inMillis.toString()).startsWith("background.withDeadline(");
    awaitExceeded(inMillis);
    awaitExceeded(Ctx.background().withTimeout(SHORT).withValue(K1, "v"));
    awaitExceeded(Ctx.background().withTimeout(SHORT).withName("n").withTimeout(VERY_LONG));
  }

  @Test
  @DisplayName("C2 Go 14 CanceledTimeout")
  void canceledTimeout() {
    Ctx outer = Ctx.background().withTimeout(Duration.ofHours(1)).withName("n");
    CancelCtx ctx = outer.withTimeout(VERY_LONG);

    ctx.cancel();

    assertDone(ctx, CanceledException.class);
  }

  private static List<@Nullable String> visible(Ctx ctx) {
    List<@Nullable String> visible = new ArrayList<>();
    visible.add(ctx.value(K1));
    visible.add(ctx.value(K2));
    visible.add(ctx.value(K3));
    return visible;
  }

  @Test
  @DisplayName("C21 Go 15 Values")
  void values() {
    Ctx c1 = Ctx.background().withValue(K1, "c1k1");
    Ctx c2 = c1.withValue(K2, "c2k2");
    Ctx c3 = c2.withValue(K3, "c3k3");
    Ctx c4 = c3.withValue(K1, null);

    assertThat(visible(Ctx.background())).containsExactly(null, null, null);
    assertThat(visible(c1)).containsExactly("c1k1", null, null);
    assertThat(visible(c2)).containsExactly("c1k1", "c2k2", null);
    assertThat(visible(c3)).containsExactly("c1k1", "c2k2", "c3k3");
    assertThat(visible(c4)).containsExactly(null, "c2k2", "c3k3");
    assertThat(visible(c1.withName("n").withValue(K2, "k2"))).containsExactly("c1k1", "k2", null);
    assertThat(visible(c4.withCancel().withValue(K3, null))).containsExactly(null, "c2k2", null);
    assertThat(c2).hasToString("background.withValue(k1).withValue(k2)");
  }

  @Test
  @DisplayName(
      "C26 Go 35, 37 and 38 AfterFunc: called after cancel, at once if done, not after stop")
  void afterFunc() {
    var called = new AtomicInteger();
    Executor direct = Runnable::run;
    Ctx.Registration stop = parent.onDone(called::incrementAndGet, direct);
    Ctx.Registration stopped = parent.onDone(called::incrementAndGet, direct);
    assertThat(stopped.unregister()).isTrue();
    assertThat(called).hasValue(0);

    parent.cancel();

    assertThat(called).hasValue(1);
    assertThat(stop.unregister()).isFalse();
    assertThat(stopped.unregister()).isFalse();
    parent.onDone(called::incrementAndGet, direct);
    assertThat(called).hasValue(2);
  }

  @Test
  @DisplayName("C5 Go 36 and 39 AfterFunc: called after a timeout; cancel does not wait for it")
  void afterFuncElsewhere() {
    var executor = Executors.newCachedThreadPool();
    try {
      var called = new CountDownLatch(1);
      Ctx.background().withTimeout(SHORT).onDone(called::countDown, executor);
      Threads.await(called);
      var release = new CountDownLatch(1);
      var finished = new CountDownLatch(1);
      Runnable blocked = () -> {
        Threads.await(release);
        finished.countDown();
      };
      parent.onDone(blocked, executor);

      assertThat(parent.cancel()).isTrue();

      release.countDown();
      Threads.await(finished);
    } finally {
      executor.shutdown();
    }
  }
}

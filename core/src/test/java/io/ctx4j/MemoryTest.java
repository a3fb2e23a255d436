package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is left of contexts that have come and gone: on a live parent, nothing.
 *
 * <p>Planted bugs, each seen: {@code Node.remove}, {@code MergedNode.detach},
 * {@code SystemTime.remove} or a subscription's cancel takes nothing off; merged contexts that end
 * from above stay with the other parent; a parent does not hold its children.
 */
@Tag("memory")
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class MemoryTest {
  private static final CtxKey<Object> HELD = CtxKey.named("held");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int MILLION = 1_000_000;

  /** The plainest; a quarter of a million of the others show as well. */
  private static final Set<String> FULL = Set.of("canceled", "callback");

  /** A quarter of a million of anything costs more than this. */
  private static final long NOISE = 3_000_000;

  private static Arguments named(String what, BiConsumer<CancelCtx, CancelCtx> comesAndGoes) {
    return Arguments.of(what, comesAndGoes);
  }

  static Stream<Arguments> comersAndGoers() {
    return Stream.of(
        named("canceled", (ctx, other) -> ctx.withCancel().cancel()),
        named("closed", (ctx, other) -> ctx.withCancel().close()),
        named("with a child", (ctx, other) -> closeWithChild(ctx.withCancel())),
        named("timed", (ctx, other) -> ctx.withTimeout(HOUR).cancel()),
        named("timed on system()", (ctx, other) -> other.withTimeout(HOUR).cancel()),
        named("past", (ctx, other) -> ctx.withTimeout(Duration.ZERO).withCancel()),
        named("callback", (ctx, other) -> ctx.onDone(() -> {}).unregister()),
        named("listener", (ctx, other) -> listenAndUnlisten(ctx)),
        named("expired", (ctx, other) -> expire(ctx)),
        named("detached", (ctx, other) -> ctx.withoutCancel().withCancel().onDone(() -> {})),
        named("merged from one that ends", (ctx, other) -> mergeWithOneThatEnds(ctx)),
        named("executor", (ctx, other) -> ctx.onDone(() -> {}, Runnable::run).unregister()),
        named("subscription", (ctx, other) -> Signals.of(ctx).subscription().cancel()),
        named("merged", (ctx, other) -> Ctx.merge(ctx, other).cancel()),
        named("merged from done", (ctx, other) -> Ctx.merge(ctx, other, done())),
        named("value layers", (ctx, other) -> ctx.withValue(HELD, ctx).withName("n")),
        named("refused", (ctx, other) -> ctx.done().subscribe(new Refusing())));
  }

  private static void listenAndUnlisten(Ctx ctx) {
    var listener = new Listening();
    listener.listen(ctx);
    listener.unlisten();
  }

  private static void expire(Ctx ctx) {
    var time = new HookedTime();
    try (CancelCtx merged = Ctx.merge(Ctx.root(time), ctx)) {
      merged.withTimeout(HOUR, Exception::new).onDone(() -> {});
      ctx.onDone(() -> {}).unregister();
      time.advance(HOUR);
    }
  }

  private static void mergeWithOneThatEnds(Ctx ctx) {
    CancelCtx ends = ctx.withCancel();
    Ctx.merge(ctx, ends).onDone(() -> {});
    ends.close();
  }

  private static Ctx done() {
    return Ctx.background().withTimeout(Duration.ZERO);
  }

  private static void closeWithChild(CancelCtx ctx) {
    ctx.withValue(HELD, ctx).withCancel().onDone(() -> {});
    ctx.close();
  }

  private static final class Refusing extends Signals {
    @Override
    public void onSubscribe(org.reactivestreams.Subscription s) {
      s.cancel();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("comersAndGoers")
  @DisplayName("C25 after a million have come and gone the parent holds what it held before")
  void parent_afterAMillion_holdsWhatItHeld(
      String what, BiConsumer<CancelCtx, CancelCtx> comesAndGoes) {
    var time = new HookedTime();
    CancelCtx parent = Ctx.root(time).withCancel();
    CancelCtx other = Ctx.background().withCancel();
    CancelCtx stays = parent.withCancel();
    for (int i = 0; i < 1_000; i++) {
      comesAndGoes.accept(parent, other);
    }
    int count = FULL.contains(what) ? MILLION : what.equals("timed") ? 1_000 : MILLION / 4;
    long before = Memory.used();

    for (int i = 0; i < count; i++) {
      comesAndGoes.accept(parent, other);
    }

    assertThat(Memory.used() - before).isLessThan(NOISE);
    assertThat(parent.tree().lines()).hasSize(2);
    assertThat(time.live()).isZero();
    assertThat(stays.isDone()).isFalse();
  }

  @Test
  @DisplayName("C25 a million live children that are then canceled, last first, leave nothing")
  void parent_afterAMillionAtOnce_holdsWhatItHeld() {
    CancelCtx parent = Ctx.background().withCancel();
    long before = Memory.used();

    comeAndGoTogether(parent);

    assertThat(Memory.used() - before).isLessThan(NOISE);
    assertThat(parent.tree().lines()).hasSize(1);
  }

  private static void comeAndGoTogether(CancelCtx parent) {
    var children = new CancelCtx[MILLION];
    for (int i = 0; i < MILLION; i++) {
      children[i] = i % 2 == 0 ? parent.withCancel() : parent.withTimeout(HOUR);
    }
    for (int i = MILLION - 1; i >= 0; i -= 2) {
      children[i].cancel();
    }
    for (int i = 0; i < MILLION; i += 2) {
      children[i].close();
    }
  }

  @Test
  @DisplayName("C25 a live context that is dropped keeps its callbacks: its live parent holds it")
  void child_dropped_isHeldByItsParent() {
    CancelCtx parent = Ctx.background().withCancel();
    var listener = new Listening();
    WeakReference<Object> held = Memory.weak(() -> {
      var value = new Object();
      Ctx child = parent.withCancel().withValue(HELD, value).withName("n").withCancel();
      listener.listen(Ctx.merge(Ctx.background(), child).withTimeout(HOUR));
      return value;
    });
    assertThat(Memory.isCollected(held)).isFalse();

    parent.cancel();

    assertThat(listener.errs()).containsExactly(parent.err());
    assertThat(Memory.isCollected(held)).isTrue();
  }

  @Test
  @DisplayName("C25 a timed context that is dropped still ends: its timer holds it")
  void timed_dropped_stillEnds() {
    var fired = new java.util.concurrent.CountDownLatch(1);
    Ctx.background().withTimeout(Duration.ofMillis(50)).withCancel().onDone(fired::countDown);

    System.gc();

    Threads.await(fired);
  }

  @Test
  @DisplayName("C25 a live root of a tree that is dropped takes the tree with it")
  void tree_dropped_isCollected() {
    WeakReference<Runnable> callback = Memory.weak(() -> {
      CancelCtx top = Ctx.background().withCancel();
      Runnable held = Memory.callback();
      top.withCancel().withValue(HELD, top).withCancel().onDone(held);
      return held;
    });

    assertThat(Memory.isCollected(callback)).isTrue();
  }
}

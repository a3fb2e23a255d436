package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Parents that end while they are being merged, or all at once. */
@Tag("race")
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class MergeRaceTest {
  private static final CtxKey<Object> HELD = CtxKey.named("held");
  private static final int ROUNDS = 300;

  private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();

  private static CancelCtx[] parents(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Ctx.background().withCancel())
        .toArray(CancelCtx[]::new);
  }

  @Test
  @DisplayName("C24 a parent that ends during merge: nothing stays registered on the others")
  void merge_whileParentEnds_leavesTheOthers() {
    for (int canceled : new int[] {0, 2_000, 9_999}) {
      CancelCtx[] parents = parents(10_000);
      List<WeakReference<Object>> held = new ArrayList<>();
      for (int round = 0; round < 20; round++) {
        parents[canceled] = Ctx.background().withCancel();
        held.add(mergeWhileOneEnds(parents, parents[canceled]));
      }
      parents[canceled] = Ctx.background().withCancel();

      held.forEach(Memory::isCollected);
      assertThat(held.stream().filter(ref -> !ref.refersTo(null))).hasSize(0);
      for (CancelCtx parent : parents) {
        assertRegisterIsWhole(parent);
      }
    }
  }

  private static WeakReference<Object> mergeWhileOneEnds(CancelCtx[] parents, CancelCtx ending) {
    var value = new Object();
    Ctx first = parents[0].withValue(HELD, value);
    var merged = new Box<CancelCtx>();
    Threads.race(
        () -> {
          untilMerging(parents[1]);
          ending.cancel();
        },
        () -> merged.set(Ctx.merge(first, parents[1], parents)));
    assertThat(merged.get().err()).isNotNull().isSameAs(ending.err());
    return new WeakReference<>(value);
  }

  /** Returns while merge is at its work, having come to this parent. */
  private static void untilMerging(Ctx parent) {
    Threads.until(() -> parent.tree().contains("merge") || parent.isDone());
  }

  private static void assertRegisterIsWhole(CancelCtx parent) {
    var told = new AtomicInteger();
    CancelCtx child = parent.withCancel();
    parent.onDone(told::incrementAndGet);
    assertThat(parent.tree().lines()).hasSize(2);
    parent.cancel();
    assertThat(child.isDone()).isTrue();
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C24 a live parent's register stays whole while it is merged with one that ends")
  void merge_whileOtherParentEnds_registerStaysWhole() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx stays = Ctx.background().withCancel();
      CancelCtx child = stays.withCancel();
      CancelCtx ending = Ctx.background().withCancel();
      Ctx[] more = parents(50);
      more[49] = stays;
      more[25] = ending;
      Threads.race(
          ending::cancel,
          () -> Ctx.merge(more[0], stays, more),
          () -> stays.withCancel().cancel());

      assertThat(stays.tree().lines()).hasSize(2);
      stays.withCancel();
      child.cancel();
      assertThat(stays.tree().lines()).hasSize(2);
      assertThat(stays.cancel()).isTrue();
    }
  }

  @Test
  @DisplayName(
      "C6 a merged context that is made while both parents end is done for their callbacks")
  void merge_whileBothParentsEnd_callbacksFindItDone() {
    for (int round = 0; round < 20; round++) {
      CancelCtx first = Ctx.background().withCancel();
      CancelCtx last = Ctx.background().withCancel();
      for (int i = 0; i < 50_000; i++) {
        Ctx.merge(first, Ctx.background());
      }
      Ctx[] more = parents(10_000);
      more[9_999] = last;
      Threads.race(
          () -> {
            untilMerging(more[0]);
            last.cancel();
            first.cancel();
          },
          () -> {
            CancelCtx merged = Ctx.merge(first, more[0], more);
            if (last.isDone()) {
              last.onDone(() -> check(merged, "last"));
            }
            if (first.isDone()) {
              first.onDone(() -> check(merged, "first"));
            }
          });
    }
    assertThat(broken).isEmpty();
  }

  private void check(Ctx merged, String parent) {
    if (!merged.isDone()) {
      broken.add("a callback of " + parent + " met a live merged context");
    }
  }

  @Test
  @DisplayName("C24 parents that end at once: err and cause of one of them, told once")
  void cancel_ofAllParents_mergedTakesAfterOne() {
    for (int round = 0; round < 1_000; round++) {
      CancelCtx a = Ctx.background().withCancel();
      CancelCtx b = Ctx.background().withCancel();
      CancelCtx merged = round % 2 == 0 ? Ctx.merge(a, b) : Ctx.merge(b, a);
      CancelCtx below = merged.withCancel();
      var told = new AtomicInteger();
      merged.onDone(told::incrementAndGet);
      below.onDone(told::incrementAndGet);
      Threads.race(() -> a.cancel(new Exception("a")), () -> b.cancel(new Exception("b")));

      Ctx parent = merged.err() == a.err() ? a : b;
      assertThat(merged.err()).isNotNull().isSameAs(parent.err());
      assertThat(merged.cause()).isSameAs(parent.cause());
      assertThat(below.err()).isSameAs(merged.err());
      assertThat(told).hasValue(2);
    }
  }

  @Test
  @DisplayName("C24 who sees one parent done, then the other: err is that of the first of them")
  void cancel_oneAfterTheOther_mergedTakesAfterTheFirst() {
    for (int round = 0; round < 200; round++) {
      CancelCtx early = Ctx.background().withCancel();
      CancelCtx late = Ctx.background().withCancel();
      CancelCtx merged = Ctx.merge(late, early);
      for (int i = 0; i < 1_000; i++) {
        Ctx.merge(early, Ctx.background());
        early.withCancel();
      }
      CancelCtx last = Ctx.merge(early, late);
      Threads.race(early::cancel, () -> {
        Threads.until(early::isDone);
        late.cancel();
      });
      assertThat(merged.err()).isSameAs(early.err());
      assertThat(last.err()).isSameAs(early.err());
    }
  }

  @Test
  @DisplayName("C1 a merged context canceled while its parents end: one cancellation wins")
  void cancel_ofMergedAndParents_oneWins() {
    for (int round = 0; round < 1_000; round++) {
      CancelCtx a = Ctx.background().withCancel();
      CancelCtx b = Ctx.background().withCancel();
      CancelCtx merged = Ctx.merge(a, b);
      var why = new Exception("own");
      var own = new AtomicInteger();
      var told = new AtomicInteger();
      merged.onDone(told::incrementAndGet);
      Threads.race(a::cancel, b::cancel, () -> {
        if (merged.cancel(why)) {
          own.incrementAndGet();
        }
      });
      assertThat(told).hasValue(1);
      assertThat(merged.cause() == why).isEqualTo(own.get() == 1);
    }
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** In which order one cancellation calls back. */
class OrderTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final List<String> log = new ArrayList<>();

  private void logDone(Ctx each, String entry) {
    each.onDone(() -> log.add(entry));
  }

  private static Signals signals(Runnable onComplete) {
    return new Signals() {
      @Override
      public void onComplete() {
        onComplete.run();
      }
    };
  }

  private static DoneListener listener(Runnable onDone) {
    return new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        onDone.run();
      }
    };
  }

  @Test
  @DisplayName("C7 callbacks of one context run in the order of registration")
  void cancel_manyCallbacks_runInOrder() {
    var ran = new ArrayList<Integer>();
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      ctx.onDone(() -> ran.add(number));
    }

    ctx.cancel();

    assertThat(ran).isEqualTo(IntStream.range(0, 1_000).boxed().toList());
  }

  @Test
  @DisplayName("C7 subscribers, listeners and executors stand in the same line")
  void cancel_callbacksOfAllKinds_runInOrder() {
    for (int round = 0; round < 3; round++) {
      String suffix = " " + round;
      logDone(ctx, "callback" + suffix);
      ctx.done().subscribe(signals(() -> log.add("subscriber" + suffix)));
      listener(() -> log.add("listener" + suffix)).listen(ctx);
      ctx.onDone(() -> {}, task -> log.add("executor" + suffix));
    }

    ctx.cancel();

    assertThat(log)
        .containsExactly(
            "callback 0",
            "subscriber 0",
            "listener 0",
            "executor 0",
            "callback 1",
            "subscriber 1",
            "listener 1",
            "executor 1",
            "callback 2",
            "subscriber 2",
            "listener 2",
            "executor 2");
  }

  @Test
  @DisplayName("C7 it is subscribe that counts, not done()")
  void cancel_subscribedLater_isToldLater() {
    var done = ctx.done();
    logDone(ctx, "first");
    done.subscribe(signals(() -> log.add("second")));
    logDone(ctx, "third");

    ctx.cancel();

    assertThat(log).containsExactly("first", "second", "third");
  }

  @Test
  @DisplayName("C7 a name layer is the same context: one line for both")
  void cancel_registeredThroughName_runInOrder() {
    CancelCtx named = ctx.withName("n");
    logDone(named, "first");
    logDone(ctx, "second");
    logDone(named, "third");

    named.cancel();

    assertThat(log).containsExactly("first", "second", "third");
  }

  @Test
  @DisplayName("C7 what was taken off leaves the order of the others")
  void cancel_afterUnregistering_theRestRunsInOrder() {
    var ran = new ArrayList<Integer>();
    var expected = new ArrayList<Integer>();
    var registrations = new ArrayList<Ctx.Registration>();
    for (int i = 0; i < 200; i++) {
      int number = i;
      registrations.add(ctx.onDone(() -> ran.add(number)));
    }
    var random = new Random(42);
    for (int i = 0; i < 200; i++) {
      if (random.nextInt(3) == 0) {
        assertThat(registrations.get(i).unregister()).isTrue();
      } else {
        expected.add(i);
      }
    }

    ctx.cancel();

    assertThat(ran).isEqualTo(expected);
  }

  @Test
  @DisplayName("C7 a context's callbacks run after those of its parent, whichever were added first")
  void cancel_chain_parentsComeFirst() {
    CancelCtx child = ctx.withValue(USER, "u").withCancel();
    CancelCtx grandchild = child.withTimeout(Duration.ofHours(1));
    logDone(grandchild, "grandchild 1");
    logDone(child, "child 1");
    logDone(ctx, "parent 1");
    logDone(ctx, "parent 2");
    logDone(child, "child 2");
    logDone(grandchild, "grandchild 2");

    ctx.cancel();

    assertThat(log)
        .containsExactly(
            "parent 1", "parent 2", "child 1", "child 2", "grandchild 1", "grandchild 2");
  }

  @Test
  @DisplayName("C7 children between callbacks do not come before the later of these")
  void cancel_childrenBetweenCallbacks_parentComesFirst() {
    logDone(ctx, "parent 1");
    CancelCtx child = ctx.withCancel();
    logDone(child, "child");
    logDone(ctx, "parent 2");
    listener(() -> log.add("parent 3")).listen(ctx);
    Ctx.merge(Ctx.todo(), ctx).onDone(() -> log.add("merged"));
    ctx.done().subscribe(signals(() -> log.add("parent 4")));

    ctx.cancel();

    assertThat(log.subList(0, 4)).containsExactly("parent 1", "parent 2", "parent 3", "parent 4");
    assertThat(log).contains("child", "merged").hasSize(6);
  }

  @Test
  @DisplayName(
      "C7 a value or name layer counts as the context that it stands on: registration decides")
  void cancel_layers_countAsTheirContext() {
    logDone(ctx.withValue(USER, "u"), "value layer");
    logDone(ctx, "context 1");
    logDone(((Ctx) ctx).withName("n").withValue(USER, null), "name layer");
    logDone(ctx, "context 2");

    ctx.cancel();

    assertThat(log).containsExactly("value layer", "context 1", "name layer", "context 2");
  }

  @Test
  @DisplayName("C7 executors are called in the same order, parents first")
  void cancel_executors_areCalledInOrder() {
    CancelCtx child = ctx.withCancel();
    Queue<String> handedOver = new ArrayDeque<>();
    child.onDone(() -> {}, task -> handedOver.add("child 1"));
    ctx.onDone(() -> {}, task -> handedOver.add("parent 1"));
    child.onDone(() -> {}, task -> handedOver.add("child 2"));
    ctx.onDone(() -> {}, task -> handedOver.add("parent 2"));

    ctx.cancel();

    assertThat(handedOver).containsExactly("parent 1", "parent 2", "child 1", "child 2");
  }

  @Test
  @DisplayName("C7 a merged context's callbacks run after those of the parent that made it done")
  void cancel_ofMergedsParent_parentComesFirst() {
    CancelCtx merged = Ctx.merge(Ctx.background().withCancel(), ctx);
    CancelCtx below = merged.withCancel();
    logDone(below, "below");
    logDone(merged, "merged");
    logDone(ctx, "parent 1");
    logDone(ctx, "parent 2");

    ctx.cancel();

    assertThat(log).containsExactly("parent 1", "parent 2", "merged", "below");
  }

  @Test
  @DisplayName("C7 merged from two ways of different length: after the parent that made it done")
  void cancel_mergedReachedTwoWays_comesAfterOneOfThem() {
    CancelCtx near = ctx.withCancel();
    CancelCtx far = ctx.withCancel().withCancel().withCancel();
    for (CancelCtx merged : List.of(Ctx.merge(near, far), Ctx.merge(far, near))) {
      logDone(merged.withCancel(), "below");
      logDone(merged, "merged");
    }
    Ctx.merge(ctx, far).onDone(() -> log.add("of the root"));
    logDone(far, "far");
    logDone(near, "near");
    logDone(ctx, "root");

    ctx.cancel();

    assertThat(log).hasSize(8);
    assertThat(log.get(0)).isEqualTo("root");
    assertThat(log.indexOf("merged"))
        .isGreaterThan(Math.min(log.indexOf("near"), log.indexOf("far")));
    assertThat(log.indexOf("below")).isGreaterThan(log.indexOf("merged"));
  }

  @Test
  @DisplayName("C7 a deadline calls back in the same order")
  void deadline_fires_parentsComeFirstInOrder() {
    var time = new HookedTime();
    CancelCtx timed = Ctx.root(time).withTimeout(Duration.ofSeconds(1));
    CancelCtx child = timed.withCancel();
    logDone(child, "child");
    logDone(timed, "first");
    listener(() -> log.add("second")).listen(timed);

    time.advance(Duration.ofSeconds(1));

    assertThat(log).containsExactly("first", "second", "child");
  }

  @Test
  @DisplayName("C7 in any tree, each context comes after its parent and each line stays in order")
  void cancel_randomTrees_orderHolds() {
    for (int seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var nodes = new ArrayList<Ctx>(List.of(Ctx.background().withCancel()));
      var parents = new ArrayList<>(List.of(-1));
      for (int i = 1; i < 100; i++) {
        int parent = random.nextInt(i);
        nodes.add(nodes.get(parent).withCancel());
        parents.add(parent);
      }
      var ran = new ArrayList<Integer>();
      var lines = new ArrayList<List<Integer>>();
      nodes.forEach(node -> lines.add(new ArrayList<>()));
      for (int i = 0; i < 400; i++) {
        int at = random.nextInt(100);
        int number = i;
        nodes.get(at).onDone(() -> {
          ran.add(at);
          lines.get(at).add(number);
        });
      }

      ((CancelCtx) nodes.get(0)).cancel();

      assertThat(ran).hasSize(400);
      assertThat(lines).allSatisfy(line -> assertThat(line).isSorted());
      for (int i = 1; i < 100; i++) {
        int parentsLast = ran.lastIndexOf(parents.get(i));
        assertThat(ran.contains(i) ? ran.indexOf(i) : 400).isGreaterThan(parentsLast);
      }
    }
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Marked first, told after: whoever is called back meets no live context below, in any race. */
class MarkingTest {
  private static final int ROUNDS = 400;

  private final AtomicInteger told = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();

  /** Notes what is live below when it is called. */
  private Runnable looking(String who, List<? extends Ctx> below) {
    return () -> {
      told.incrementAndGet();
      for (int i = below.size() - 1; i >= 0; i--) {
        if (!below.get(i).isDone()) {
          live.add(who + " met live " + i + " of " + below.size());
        }
      }
    };
  }

  /** A subtree that takes a while to mark: a chain with leaves. */
  private static List<CancelCtx> below(Ctx ctx, int nodes) {
    List<CancelCtx> all = new ArrayList<>(nodes);
    Ctx spine = ctx;
    for (int i = 0; i < nodes; i++) {
      CancelCtx next = spine.withCancel();
      all.add(next);
      if (i % 8 == 7) {
        spine = next;
      }
    }
    return all;
  }

  @Test
  @DisplayName("C6 a callback of any kind meets no live context below")
  void callback_runs_subtreeIsDone() {
    CancelCtx root = Ctx.background().withCancel();
    root.onDone(looking("callback before", List.of(root)));
    List<CancelCtx> below = below(root, 1_000);
    List<CancelCtx> all = new ArrayList<>(below);
    all.add(Ctx.merge(Ctx.background().withCancel(), below.get(999)));
    all.add(all.get(1_000).withTimeout(Duration.ofHours(1)));
    root.onDone(looking("callback", all));
    root.onDone(looking("executor", all), Runnable::run);
    root.done().subscribe(new Signals() {
      @Override
      public void onComplete() {
        looking("subscriber", all).run();
      }
    });
    new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        looking("listener", all).run();
      }
    }.listen(root);

    root.cancel();

    assertThat(live).isEmpty();
    assertThat(told).hasValue(5);
  }

  @Test
  @DisplayName("C6 a deadline's callback meets no live context below")
  void callback_ofDeadline_subtreeIsDone() {
    var time = new HookedTime();
    CancelCtx root = Ctx.root(time).withTimeout(Duration.ofSeconds(1));
    root.onDone(looking("callback", below(root, 1_000)));

    time.advance(Duration.ofSeconds(1));

    assertThat(live).isEmpty();
    assertThat(told).hasValue(1);
  }

  @Test
  @DisplayName("C6 a callback that is added while the subtree is being marked meets none either")
  void onDone_whileMarking_subtreeIsDone() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx root = Ctx.background().withCancel();
      List<CancelCtx> below = below(root, 1_000);
      Executor direct = Runnable::run;
      Threads.race(
          root::cancel,
          () -> {
            Threads.until(root::isDone);
            root.onDone(looking("late callback", below));
            root.onDone(looking("late executor", below), direct);
          },
          () -> {
            CancelCtx first = below.get(0);
            Threads.until(first::isDone);
            first.onDone(looking("late on first", List.of(first)));
            below.get(7).onDone(looking("late on spine", below.subList(8, 1_000)));
          });
    }

    assertThat(live).isEmpty();
    assertThat(told).hasValue(4 * ROUNDS);
  }

  @Test
  @DisplayName("C6 a subscriber that comes while the subtree is being marked meets none either")
  void subscribe_whileMarking_subtreeIsDone() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx root = Ctx.background().withCancel();
      List<CancelCtx> below = below(root, 1_000);
      Threads.race(root::close, () -> {
        Threads.until(root::isDone);
        root.done().subscribe(new Signals() {
          @Override
          public void onComplete() {
            looking("late subscriber", below).run();
          }
        });
      });
    }

    assertThat(live).isEmpty();
    assertThat(told).hasValue(ROUNDS);
  }

  @Test
  @DisplayName("C5 a loser that returns while the winner marks finds all done")
  void cancel_whileMarking_loserFindsAllDone() {
    var wins = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx root = Ctx.background().withCancel();
      List<CancelCtx> below = below(root, 1_000);
      Runnable cancel = () -> {
        if (root.cancel()) {
          wins.incrementAndGet();
        }
        looking("canceler", below).run();
      };
      Threads.race(cancel, cancel, () -> {
        root.close();
        looking("closer", below).run();
      });
    }

    assertThat(live).isEmpty();
    assertThat(wins).hasValueLessThanOrEqualTo(ROUNDS);
  }

  @Test
  @DisplayName("C6 cancellations on three levels of one chain at once")
  void cancel_nestedUnderWay_subtreeIsDone() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx root = Ctx.background().withCancel();
      List<CancelCtx> below = below(root, 1_500);
      CancelCtx middle = below.get(511);
      CancelCtx low = below.get(1_023);
      root.onDone(looking("root", below));
      middle.onDone(looking("middle", below.subList(512, 1_500)));
      low.onDone(looking("low", below.subList(1_024, 1_500)));
      Threads.race(
          () -> {
            root.cancel();
            looking("after root", below).run();
          },
          () -> {
            middle.cancel();
            looking("after middle", below.subList(512, 1_500)).run();
          },
          () -> {
            low.cancel();
            looking("after low", below.subList(1_024, 1_500)).run();
          });
    }

    assertThat(live).isEmpty();
    assertThat(told).hasValue(6 * ROUNDS);
  }

  @Test
  @DisplayName("C6 merged contexts whose parents are canceled at once, crosswise, do not deadlock")
  void cancel_parentsOfMergedAtOnce_subtreesAreDone() {
    for (int round = 0; round < ROUNDS; round++) {
      List<CancelCtx> parents = new ArrayList<>();
      List<List<CancelCtx>> below = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        parents.add(Ctx.background().withCancel());
        below.add(new ArrayList<>(below(parents.get(i), 50)));
      }
      for (int i = 0; i < 3; i++) {
        int next = (i + 1) % 3;
        CancelCtx merged = Ctx.merge(below.get(i).get(40), below.get(next).get(3));
        CancelCtx direct = Ctx.merge(parents.get(next), parents.get(i));
        for (CancelCtx each : List.of(merged, direct)) {
          List<CancelCtx> all = below(each, 200);
          all.add(each);
          below.get(i).addAll(all);
          below.get(next).addAll(all);
        }
      }
      List<Runnable> cancels = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        CancelCtx parent = parents.get(i);
        Runnable looking = looking("parent " + i, below.get(i));
        parent.onDone(looking);
        cancels.add(() -> {
          parent.cancel();
          looking.run();
        });
      }
      Threads.race(cancels.toArray(Runnable[]::new));
    }

    assertThat(live).isEmpty();
    assertThat(told).hasValue(6 * ROUNDS);
  }

  @Test
  @DisplayName(
      "C6 marking runs no foreign code: a time source that is stuck holds up no late callback")
  void onDone_whileTimeSourceIsStuck_runs() {
    var time = new HookedTime();
    CancelCtx root = Ctx.root(time).withCancel();
    CancelCtx child = root.withTimeout(Duration.ofSeconds(1));
    CancelCtx sibling = root.withTimeout(Duration.ofSeconds(1));
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    time.inUnregister = () -> {
      entered.countDown();
      Threads.await(release);
    };
    Future<?> canceling = Threads.start(root::cancel);
    Threads.await(entered);

    var won = new AtomicReference<Boolean>();
    child.onDone(looking("child", List.of(root, child, sibling)));
    root.onDone(looking("root", List.of(root, child, sibling)));
    Threads.elsewhere(() -> won.set(root.cancel()));

    assertThat(won.get()).isFalse();
    assertThat(live).isEmpty();
    assertThat(told).hasValue(2);
    release.countDown();
    Threads.join(canceling);
  }
}

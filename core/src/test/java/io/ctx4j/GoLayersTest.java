package io.ctx4j;

import static io.ctx4j.GoCatalogueTest.assertDone;
import static io.ctx4j.GoCatalogueTest.assertLive;
import static io.ctx4j.GoCatalogueTest.awaitExceeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Go's tests with many contexts: random layers, and cancellations at once. */
class GoLayersTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration VERY_LONG = Duration.ofHours(1_000);

  private final CancelCtx parent = Ctx.background().withCancel();

  @Test
  @DisplayName("C5 Go 17 SimultaneousCancels")
  void simultaneousCancels() {
    var random = new Random();
    for (int round = 0; round < 10; round++) {
      List<CancelCtx> all = new ArrayList<>(List.of(Ctx.background().withCancel()));
      for (int i = 0; all.size() < 101; i++) {
        for (int child = 0; child < 4; child++) {
          all.add(all.get(i).withCancel());
        }
      }
      List<CancelCtx> shuffled = new ArrayList<>(all);
      Collections.shuffle(shuffled, random);
      List<Future<?>> cancels = new ArrayList<>();
      shuffled.forEach(ctx -> cancels.add(Threads.start(ctx::cancel)));
      cancels.forEach(Threads::join);

      assertThat(all).allMatch(Ctx::isDone);
    }
  }

  @Test
  @DisplayName("C9 Go 18 InterlockedCancels")
  void interlockedCancels() {
    CancelCtx child = parent.withCancel();
    var running = Threads.start(() -> {
      Threads.until(parent::isDone);
      child.cancel();
    });

    parent.cancel();

    assertDone(child, CanceledException.class);
    Threads.join(running);
  }

  private static List<CancelCtx> layers(
      List<Ctx> all, List<CtxKey<Integer>> keys, Duration timeout) {
    var random = new Random(all.hashCode());
    List<CancelCtx> cancels = new ArrayList<>();
    Ctx ctx = Ctx.background();
    for (int i = 0; i < 40; i++) {
      int before = cancels.size();
      switch (i < 3 ? i : random.nextInt(3)) {
        case 0 -> {
          CtxKey<Integer> key = CtxKey.named("key" + keys.size());
          ctx = ctx.withValue(key, keys.size());
          keys.add(key);
        }
        case 1 -> cancels.add(ctx.withCancel());
        default -> cancels.add(ctx.withTimeout(timeout));
      }
      if (cancels.size() > before) {
        ctx = cancels.get(before);
      }
      all.add(ctx);
    }
    return cancels;
  }

  private static void assertValues(Ctx ctx, List<CtxKey<Integer>> keys) {
    for (int i = 0; i < keys.size(); i++) {
      assertThat(ctx.value(keys.get(i))).isEqualTo(i);
    }
  }

  @Test
  @DisplayName("C5 Go 19 LayersCancel")
  void layersCancel() {
    for (int seed = 0; seed < 20; seed++) {
      List<Ctx> all = new ArrayList<>();
      List<CtxKey<Integer>> keys = new ArrayList<>();
      List<CancelCtx> cancels = layers(all, keys, VERY_LONG);
      Ctx last = all.get(all.size() - 1);
      assertLive(last);
      assertThat(last.toString()).startsWith("background.");
      assertValues(last, keys);

      cancels.get(new Random(seed).nextInt(cancels.size())).cancel();

      assertDone(last, CanceledException.class);
      assertValues(last, keys);
      cancels.forEach(CancelCtx::cancel);
    }
  }

  @Test
  @DisplayName("C13 Go 20 LayersTimeout")
  void layersTimeout() {
    List<Ctx> all = new ArrayList<>();
    List<CtxKey<Integer>> keys = new ArrayList<>();
    layers(all, keys, SHORT);
    Ctx last = all.get(all.size() - 1);

    assertValues(last, keys);
    awaitExceeded(last);
    assertValues(last, keys);
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random graphs of children and merged contexts, canceled in several places at once. */
@Tag("race")
class GraphRaceTest {
  private static final int ROUNDS = 300;
  private static final int NODES = 300;
  private static final int CANCELERS = 4;

  private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();

  /** Node 0 is the root of all; a node's subtree is what is reachable from it. */
  private static final class Graph {
    final List<CancelCtx> nodes = new ArrayList<>();
    final List<int[]> parents = new ArrayList<>();
    final List<BitSet> below = new ArrayList<>();
    final AtomicIntegerArray told = new AtomicIntegerArray(NODES);

    Graph(Random random, int merging) {
      nodes.add(Ctx.background().withCancel());
      parents.add(new int[0]);
      for (int i = 1; i < NODES; i++) {
        int first = random.nextInt(i);
        int second = random.nextInt(i);
        boolean merged = random.nextInt(100) < merging && first != second;
        parents.add(merged ? new int[] {first, second} : new int[] {first});
        nodes.add(
            merged
                ? Ctx.merge(nodes.get(first), nodes.get(second))
                : nodes.get(first).withCancel());
      }
      nodes.forEach(node -> below.add(new BitSet()));
      for (int i = NODES - 1; i >= 0; i--) {
        below.get(i).set(i);
        for (int parent : parents.get(i)) {
          below.get(parent).or(below.get(i));
        }
      }
    }

    boolean isDoneBelow(int node) {
      return below.get(node).stream().allMatch(i -> nodes.get(i).isDone());
    }
  }

  private void rounds(int merging) {
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(round);
      var graph = new Graph(random, merging);
      for (int i = 0; i < NODES; i++) {
        int node = i;
        graph.nodes.get(i).onDone(() -> {
          graph.told.incrementAndGet(node);
          if (!graph.isDoneBelow(node)) {
            broken.add("C6 a callback of " + node + " met a live context");
          }
        });
      }
      List<Runnable> cancelers = new ArrayList<>();
      boolean[] won = new boolean[NODES];
      for (int i = 0; i < CANCELERS; i++) {
        int node = i == 0 ? 0 : random.nextInt(1 + NODES / (1 << i));
        cancelers.add(() -> cancel(graph, node, won));
      }
      Threads.race(cancelers.toArray(Runnable[]::new));
      check(graph, won);
      assertThat(broken).as("seed " + round).isEmpty();
    }
  }

  private void cancel(Graph graph, int node, boolean[] won) {
    CancelCtx ctx = graph.nodes.get(node);
    boolean first = ctx.cancel(new Exception("of " + node));
    if (first) {
      won[node] = true;
    }
    if (!graph.isDoneBelow(node)) {
      broken.add("C5 after cancel of " + node + " a context below is live");
    }
    if (first) {
      graph.below.get(node).stream()
          .filter(i -> graph.nodes.get(i).err() == ctx.err() && graph.told.get(i) != 1)
          .forEach(i -> broken.add("C5 cancel of " + node + " returned before " + i + " was told"));
    }
  }

  /** What must hold when all have returned: who has whose err, and that each was told once. */
  private void check(Graph graph, boolean[] won) {
    for (int i = 0; i < NODES; i++) {
      CancelCtx ctx = graph.nodes.get(i);
      if (graph.told.get(i) != 1) {
        broken.add("C26 " + i + " was told " + graph.told.get(i) + " times");
      }
      boolean takesAfterParent = false;
      for (int parent : graph.parents.get(i)) {
        CancelCtx above = graph.nodes.get(parent);
        takesAfterParent |= ctx.err() == above.err() && ctx.cause() == above.cause();
      }
      if (takesAfterParent == won[i]) {
        broken.add("C3 " + i + (won[i] ? " won" : " lost") + " and has " + ctx.cause());
      }
    }
  }

  @Test
  @DisplayName("C6 in a tree, canceled in four places at once")
  void cancel_inTrees_marksFirst() {
    rounds(0);
  }

  @Test
  @DisplayName("C6 with some merged contexts, canceled in four places at once")
  void cancel_inGraphsWithSomeMerged_marksFirst() {
    rounds(20);
  }

  @Test
  @DisplayName("C6 with mostly merged contexts, canceled in four places at once")
  void cancel_inGraphsOfMerged_marksFirst() {
    rounds(80);
  }
}

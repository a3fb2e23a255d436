package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A parent whose children register in stripes keeps every promise that one with a single register
 * keeps.
 */
class StripesTest {
  private final CancelCtx parent = Ctx.background().withCancel();
  private final List<CancelCtx> children = new ArrayList<>();

  private CancelCtx striped() {
    requireNonNull(((Handle) parent).node).stripe(4);
    return parent;
  }

  /** By turns of two threads, so that the parent stripes its register on the way. */
  private void deriveByTurns(int times) {
    for (int i = 0; i < times; i++) {
      children.add(parent.withCancel());
      Threads.elsewhere(() -> children.add(parent.withTimeout(Duration.ofHours(1))));
    }
    Ctx last = children.get(children.size() - 1);
    assertThat(requireNonNull(((Handle) last).node).parent).isInstanceOf(Stripe.class);
  }

  private static Node node(Ctx ctx) {
    return requireNonNull(((Handle) ctx).node);
  }

  /** What a table of HeapBytes has: nothing that a context does without costs it a byte. */
  @Test
  @DisplayName("C25 a parent of one child, or of few entries, has nothing of what many share")
  void fewEntries_shareNothing() {
    children.add(parent.withCancel());
    assertThat(node(parent).shared).isInstanceOf(Path.Cancel.class);
    children.add(parent.withCancel());
    assertThat(node(parent).shared).isInstanceOf(Sharing.class);

    CancelCtx listened = Ctx.background().withCancel();
    CancelCtx layered = Ctx.background().withCancel();
    for (int i = 1; i <= 5; i++) {
      new Listening().listen(listened);
      children.add(layered.withName("layer").withCancel());
      Object few = i < 5 ? new Sharing.Few(i) : null;
      assertThat(node(listened).shared instanceof Sharing.Few each ? each : null)
          .isEqualTo(few);
      assertThat(node(layered).shared instanceof Sharing.Few each ? each : null).isEqualTo(few);
    }
    assertThat(node(listened).shared).isInstanceOf(Sharing.class);
    assertThat(node(layered).shared).isInstanceOf(Sharing.class);
  }

  @Test
  @DisplayName("C25 a parent under which one thread derives, however many, never has stripes")
  void oneThread_noStripes() {
    for (int i = 0; i < 200; i++) {
      children.add(parent.withCancel());
    }
    assertThat(children).allMatch(child -> node(child).parent == node(parent));
  }

  @Test
  @DisplayName("C5 children derived by threads in turns end with their parent, by its err")
  void cancel_childrenOfSeveralThreads_allEnd() {
    deriveByTurns(200);

    parent.cancel(new IllegalStateException("over"));

    assertThat(children).hasSize(400).allSatisfy(child -> {
      assertThat(child.err()).isSameAs(parent.err());
      assertThat(child.cause()).hasMessage("over");
    });
  }

  @Test
  @DisplayName("C37 the tree shows the children of all threads, and nothing of the stripes")
  void tree_childrenOfSeveralThreads_lineEach() {
    deriveByTurns(100);

    assertThat(parent.tree().lines().skip(1))
        .hasSize(200)
        .allMatch(line -> line.matches(" {2}\\.withCancel| {2}\\.withDeadline\\(.*\\)"));
  }

  @Test
  @DisplayName("C6 a parent's callback finds the children and grandchildren in all stripes done")
  void cancel_callbackOfParent_findsAllDone() {
    List<CancelCtx> below = new ArrayList<>();
    striped();
    for (int i = 0; i < 10; i++) {
      Threads.elsewhere(() -> {
        CancelCtx child = parent.withCancel();
        below.add(child);
        below.add(child.withCancel());
        below.add(Ctx.merge(child, Ctx.background().withCancel()));
      });
    }
    List<CancelCtx> live = new ArrayList<>();
    parent.onDone(() -> below.stream().filter(ctx -> !ctx.isDone()).forEach(live::add));

    parent.cancel();

    assertThat(live).isEmpty();
    assertThat(below).hasSize(30);
  }

  @Test
  @DisplayName("C7 the callbacks of children in stripes run after their parent's")
  void cancel_callbacks_parentsFirst() {
    List<String> order = new ArrayList<>();
    CancelCtx child = striped().withCancel();
    child.onDone(() -> order.add("child"));
    child.withCancel().onDone(() -> order.add("grandchild"));
    parent.onDone(() -> order.add("parent"));

    parent.cancel();

    assertThat(order).containsExactly("parent", "child", "grandchild");
  }

  @Test
  @DisplayName("C25 children leave their stripes")
  void cancel_children_noneIsLeft() {
    deriveByTurns(100);
    Threads.elsewhere(() -> children.forEach(CancelCtx::cancel));

    assertThat(requireNonNull(((Handle) parent).node).children()).isEmpty();
    assertThat(parent.tree().lines()).hasSize(1);
    assertThat(parent.isDone()).isFalse();
  }

  @Test
  @DisplayName(
      "C14 what is derived from a done parent is born done, in whatever stripe it would be")
  void derive_doneParent_bornDone() {
    CancelCtx before = striped().withCancel();
    parent.cancel();
    Set<Throwable> errs = Set.of(before.err());

    Stream.generate(() -> {
          List<CancelCtx> born = new ArrayList<>();
          Threads.elsewhere(() -> {
            born.add(parent.withCancel());
            born.add(parent.withTimeout(Duration.ofHours(1)));
          });
          return born;
        })
        .limit(10)
        .forEach(
            born -> assertThat(born).allSatisfy(ctx -> assertThat(ctx.err()).isIn(errs)));
  }

  @Test
  @DisplayName(
      "C5 threads that derive and cancel under one parent at once lose no child and leave none behind")
  void derive_threadsAtOnce_parentEndsAll() {
    for (int round = 0; round < 300; round++) {
      CancelCtx parent = Ctx.background().withCancel();
      List<List<CancelCtx>> kept = new ArrayList<>();
      Runnable[] bodies = new Runnable[4];
      for (int thread = 0; thread < bodies.length; thread++) {
        List<CancelCtx> mine = new ArrayList<>();
        kept.add(mine);
        bodies[thread] = () -> {
          for (int i = 0; i < 100; i++) {
            CancelCtx child = parent.withCancel();
            if (i % 4 == 0) {
              mine.add(child);
            } else {
              child.cancel();
            }
          }
        };
      }
      Threads.race(bodies);
      assertThat(requireNonNull(((Handle) parent).node).children()).hasSize(100);

      parent.cancel();

      assertThat(kept).allSatisfy(mine -> assertThat(mine).hasSize(25).allMatch(Ctx::isDone));
    }
  }

  @Test
  @DisplayName("two cache lines lie between a stripe and what all threads read to come to it")
  void array_behindWhatIsUsed_goesOnForTwoLines() throws ReflectiveOperationException {
    int bytesOfReference =
        Class.forName("sun.misc.Unsafe").getField("ARRAY_OBJECT_INDEX_SCALE").getInt(null);
    Field field = Stripes.class.getDeclaredField("elements");
    field.setAccessible(true);

    for (int count : new int[] {1, 4, 64}) {
      var stripes = new Stripes<>(count);
      int behind = ((AtomicReferenceArray<?>) field.get(stripes)).length() - stripes.count();
      assertThat(behind * bytesOfReference).isGreaterThanOrEqualTo(128);
    }
  }
}

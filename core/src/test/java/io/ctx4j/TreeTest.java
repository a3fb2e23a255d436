package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The picture of a live subtree. */
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class TreeTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final HookedTime time = new HookedTime();
  private final CancelCtx top = Ctx.root(time).withName("top").withCancel();

  private static int indentOf(Ctx ctx, String part) {
    String line =
        ctx.tree().lines().filter(each -> each.contains(part)).findFirst().orElseThrow();
    return line.length() - line.stripLeading().length();
  }

  @Test
  @DisplayName(
      "C37 a line for each live context at and below, indented, with the suffixes since its parent")
  void tree_showsWhatIsLiveBelow() {
    CancelCtx child = top.withName("a").withValue(USER, "u").withCancel();
    child.withName("b").withCancel();
    top.withName("c").withCancel();

    List<String> lines = top.tree().lines().toList();

    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).contains("named(top).withCancel");
    assertThat(lines.get(1)).contains("named(a).withValue(user).withCancel");
    assertThat(lines.get(2)).contains("named(b).withCancel").doesNotContain("named(a)");
    assertThat(lines.get(3)).contains("named(c).withCancel").doesNotContain("named(top)");
    assertThat(indentOf(top, "named(a)"))
        .isGreaterThan(indentOf(top, "named(top)"))
        .isLessThan(indentOf(top, "named(b)"))
        .isEqualTo(indentOf(top, "named(c)"));
  }

  @Test
  @DisplayName("C37 a line for each, also where a name or a key has several")
  void tree_nameOfSeveralLines_isOneLine() {
    CtxKey<String> key = CtxKey.named("first\nsecond");
    CancelCtx named = top.withName("a\r\nb").withValue(key, "").withCancel();
    named.withName("c\rd").withCancel();

    assertThat(top.tree().lines()).hasSize(3);
    assertThat(named.tree().lines().findFirst())
        .hasValueSatisfying(line -> assertThat(line).contains("a\\nb", "first\\nsecond"));
    named.cancel();
    assertThat(named.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C37 with the time left, own or from above")
  void tree_showsTheTimeLeft() {
    CancelCtx timed = top.withName("timed").withTimeout(Duration.ofSeconds(90));
    timed.withName("below").withCancel();
    time.pass(Duration.ofSeconds(30));

    List<String> lines = top.tree().lines().toList();

    assertThat(lines.get(0)).doesNotContain("[");
    assertThat(lines.get(1)).contains("named(timed)").contains("[1m]");
    assertThat(lines.get(2)).contains("named(below)").contains("[1m]");
  }

  @Test
  @DisplayName("C37 what is done is not shown, nor what was below it")
  void tree_doneBelow_isNotShown() {
    CancelCtx gone = top.withName("gone").withCancel();
    gone.withName("lost").withCancel();
    top.withName("stays").withCancel();
    top.withName("past").withTimeout(Duration.ZERO);

    gone.cancel();

    assertThat(top.tree()).contains("stays").doesNotContain("gone", "lost", "past");
    assertThat(top.tree().lines()).hasSize(2);
  }

  @Test
  @DisplayName("C37 of a value or name layer: from the nearest cancelable one down")
  void tree_ofLayer_isOfItsContext() {
    top.withName("child").withCancel();

    Ctx layer = top.withValue(USER, "u").withName("layer");

    assertThat(layer.tree().lines()).hasSize(2);
    assertThat(layer.tree()).contains("child");
  }

  @Test
  @DisplayName("C37 from the middle: what is above or beside is not shown")
  void tree_ofChild_isOfItsSubtree() {
    CancelCtx child = top.withName("child").withCancel();
    child.withName("grandchild").withCancel();
    top.withName("sibling").withCancel();

    assertThat(child.tree().lines()).hasSize(2);
    assertThat(child.tree()).contains("grandchild").doesNotContain("sibling");
  }

  @Test
  @DisplayName("C37 a merged context stands under each of its parents")
  void tree_merged_standsUnderEachParent() {
    CancelCtx a = top.withName("a").withCancel();
    CancelCtx b = top.withName("b").withCancel();
    CancelCtx other = Ctx.background().withCancel();
    CancelCtx merged = Ctx.merge(a, b, other);
    merged.withName("below").withCancel();

    assertThat(top.tree().lines().filter(line -> line.contains("merge"))).hasSize(2);
    for (Ctx parent : List.of(a, b, other)) {
      assertThat(parent.tree()).contains("merge").contains("below");
    }
    assertThat(merged.tree().lines()).hasSize(2);
  }

  @Test
  @DisplayName(
      "C37 what is below a merged context is shown once, and where it is not, that is said")
  void tree_mergedTwice_drawnOnce() {
    CancelCtx a = top.withName("a").withCancel();
    CancelCtx b = top.withName("b").withCancel();
    CancelCtx merged = Ctx.merge(a, b);
    assertThat(top.tree()).doesNotContain(" …"); // nothing is left out

    merged.withName("below").withCancel();

    List<String> lines = top.tree().lines().toList();
    assertThat(lines).filteredOn(line -> line.contains("merge")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.endsWith(" …")).hasSize(1);
    assertThat(lines).filteredOn(line -> line.contains("named(below)")).hasSize(1);
  }

  @Test
  @DisplayName("C37 the first line has the time left, too, where its deadline is from above")
  void tree_deadlineFromAbove_isInFirstLine() {
    CancelCtx below = top.withTimeout(Duration.ofSeconds(90)).withName("below").withCancel();
    assertThat(below.tree()).endsWith("named(below).withCancel [1m30s]");
  }

  @Test
  @DisplayName(
      "C37 from some depth on the depth is a number, so that a chain's tree is linear in its length")
  void tree_deep_depthAsNumber() {
    CancelCtx ctx = top;
    for (int depth = 1; depth <= Tree.MAX_INDENT + 1; depth++) {
      ctx = ctx.withCancel();
    }
    List<String> lines = top.tree().lines().toList();
    String deepest = "  ".repeat(Tree.MAX_INDENT);
    assertThat(lines.get(Tree.MAX_INDENT)).isEqualTo(deepest + ".withCancel");
    assertThat(lines.get(Tree.MAX_INDENT + 1))
        .isEqualTo(deepest + "(" + (Tree.MAX_INDENT + 1) + ") .withCancel");
  }

  @Test
  @DisplayName("C37 one that can never be done shows its own line only")
  void tree_neverDone_isOneLine() {
    top.withCancel();

    assertThat(Ctx.background().tree().lines()).containsExactly("background");
    assertThat(Ctx.todo().withName("n").tree().lines()).containsExactly("todo.named(n)");
    assertThat(top.withoutCancel().tree().lines()).hasSize(1);
    assertThat(top.withoutCancel().tree()).contains("withoutCancel");
  }

  @Test
  @DisplayName("C37 callbacks are no contexts")
  void tree_callbacks_areNotShown() {
    top.onDone(() -> {});
    Signals.of(top);
    new Listening().listen(top);

    assertThat(top.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C37 of a done context nothing below is shown")
  void tree_done_showsNothingBelow() {
    top.withName("child").withCancel();
    top.cancel();

    assertThat(top.tree()).isEqualTo(top + ": " + requireNonNull(top.err()).getMessage());
  }

  @Test
  @DisplayName("C37 drawn while others derive and cancel, it neither fails nor holds them up")
  void tree_whileOthersChangeIt_isDrawn() {
    var drawn = new AtomicInteger();
    Runnable changing = () -> {
      for (int i = 0; i < 2_000; i++) {
        CancelCtx child = top.withCancel();
        CancelCtx merged = Ctx.merge(child.withCancel(), top);
        merged.withCancel();
        child.cancel();
        merged.close();
      }
    };
    Threads.race(changing, changing, () -> {
      for (int i = 0; i < 200; i++) {
        assertThat(top.tree()).startsWith("root(manual).named(top).withCancel");
        drawn.incrementAndGet();
      }
    });

    assertThat(drawn).hasValue(200);
    assertThat(top.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("C37 what is done is not shown, not even while what is below it is being marked")
  void tree_whileMarking_doneIsNotShown() {
    for (int round = 0; round < 10; round++) {
      CancelCtx child = top.withName("child").withCancel();
      for (int i = 0; i < 100_000; i++) {
        child.withCancel();
      }
      Threads.race(child::cancel, () -> {
        Threads.until(child::isDone);
        assertThat(top.tree()).doesNotContain("child");
      });
    }
  }

  @Test
  @DisplayName("C37 linear in what it shows: merged upon merged, each drawn in full once")
  void tree_diamonds_isLinear() {
    CancelCtx ctx = top;
    for (int i = 0; i < 40; i++) {
      ctx = Ctx.merge(ctx.withCancel(), ctx.withCancel());
    }

    assertThat(top.tree().lines()).hasSizeLessThan(1_000);
    assertThat(ctx.isDone()).isFalse();
  }
}

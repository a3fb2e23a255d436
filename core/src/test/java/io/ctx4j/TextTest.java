package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a context says of itself, and err of its end. */
class TextTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final HookedTime time = new HookedTime();
  private final Ctx root = Ctx.root(time);

  @Test
  @DisplayName("C32 roots")
  void toString_root_isItsKind() {
    assertThat(Ctx.background()).hasToString("background");
    assertThat(Ctx.todo()).hasToString("todo");
    assertThat(root).hasToString("root(manual)");
    assertThat(Ctx.root(TimeSource.system()).toString()).startsWith("root(").endsWith(")");
  }

  @Test
  @DisplayName("C32 a suffix for each derivation")
  void toString_derived_hasASuffixForEach() {
    Ctx ctx = Ctx.background()
        .withName("checkout")
        .withCancel()
        .withValue(USER, "secret")
        .withoutCancel()
        .withCancel();

    assertThat(ctx)
        .hasToString(
            "background.named(checkout).withCancel.withValue(user).withoutCancel.withCancel");
    assertThat(Ctx.todo().withCancel().withName("n")).hasToString("todo.withCancel.named(n)");
  }

  @Test
  @DisplayName("C32 a deadline with its instant and what remains, as a Duration in lower case")
  void toString_deadline_saysWhatRemains() {
    assertThat(root.withTimeout(Duration.ofMillis(1_500)))
        .hasToString("root(manual).withDeadline(2030-01-01T00:00:01.500Z [1.5s])");
    assertThat(root.withDeadline(Instant.parse("2030-01-01T00:01:30Z")))
        .hasToString("root(manual).withDeadline(2030-01-01T00:01:30Z [1m30s])");
    assertThat(root.withTimeout(Duration.ofHours(26)))
        .hasToString("root(manual).withDeadline(2030-01-02T02:00:00Z [26h])");
    assertThat(root.withTimeout(Duration.ZERO))
        .hasToString("root(manual).withDeadline(2030-01-01T00:00:00Z [0s])");
    assertThat(root.withTimeout(Duration.ofSeconds(-5)))
        .hasToString("root(manual).withDeadline(2029-12-31T23:59:55Z [0s])");
  }

  @Test
  @DisplayName("C32 what remains runs down, and stays at zero")
  void toString_deadlinePasses_runsDown() {
    CancelCtx ctx = root.withTimeout(Duration.ofSeconds(2));

    time.advance(Duration.ofMillis(500));
    assertThat(ctx).hasToString("root(manual).withDeadline(2030-01-01T00:00:02Z [1.5s])");
    time.advance(Duration.ofSeconds(5));
    assertThat(ctx).hasToString("root(manual).withDeadline(2030-01-01T00:00:02Z [0s])");
  }

  @Test
  @DisplayName("C32 on the system's clock likewise")
  void toString_systemDeadline_saysWhatRemains() {
    try (CancelCtx ctx = Ctx.background().withDeadline(Instant.parse("2130-01-01T00:00:00Z"))) {
      assertThat(ctx.toString())
          .matches("background\\.withDeadline\\(2130-01-01T00:00:00Z \\[[0-9]+h.*s]\\)");
    }
  }

  @Test
  @DisplayName("C32 where the parent's deadline counts it is .withCancel")
  void toString_parentsDeadlineCounts_isWithCancel() {
    CancelCtx ctx = root.withTimeout(Duration.ofSeconds(1)).withTimeout(Duration.ofSeconds(2));

    assertThat(ctx).hasToString("root(manual).withDeadline(2030-01-01T00:00:01Z [1s]).withCancel");
  }

  @Test
  @DisplayName("C32 merged contexts name their parents")
  void toString_merged_namesTheParents() {
    Ctx a = Ctx.background().withCancel();
    Ctx b = Ctx.todo().withValue(USER, "u");

    assertThat(Ctx.merge(a, b)).hasToString("merge(background.withCancel, todo.withValue(user))");
    assertThat(Ctx.merge(a, b, root).withCancel().withName("n"))
        .hasToString(
            "merge(background.withCancel, todo.withValue(user), root(manual)).withCancel.named(n)");
    assertThat(Ctx.merge(Ctx.merge(a, b), root))
        .hasToString("merge(merge(background.withCancel, todo.withValue(user)), root(manual))");
  }

  @Test
  @DisplayName("C32 merged with itself sixty times over, the text stays one that can be read")
  void toString_diamonds_staysShort() {
    Ctx ctx = Ctx.background().withCancel();
    for (int i = 0; i < 60; i++) {
      ctx = Ctx.merge(ctx.withCancel(), ctx);
    }

    assertThat(ctx.toString()).startsWith("merge(").hasSizeLessThan(100_000);
  }

  @Test
  @DisplayName("C32 values are secrets: no text shows them, nor asks for theirs")
  void texts_neverShowValues() {
    CtxKey<Object> key = CtxKey.named("token");
    var secret = new Object() {
      @Override
      public String toString() {
        throw new AssertionError("shown");
      }
    };
    CancelCtx ctx = Ctx.background().withValue(key, secret).withCancel();
    CancelCtx merged = Ctx.merge(ctx, ctx);

    String texts = ctx.toString() + ctx.tree() + merged + merged.tree() + ctx.withoutCancel();
    ctx.cancel();

    assertThat(texts).contains("withValue(token)");
    assertThat(ctx.toString() + ctx.tree() + ctx.err()).contains("withValue(token)");
  }

  @Test
  @DisplayName("C32 being done does not change the text")
  void toString_done_isTheSame() {
    CancelCtx ctx = Ctx.background().withName("n").withCancel();
    String before = ctx.toString();

    ctx.cancel();

    assertThat(ctx).hasToString(before);
    assertThat(ctx.withCancel()).hasToString(before + ".withCancel");
  }

  @Test
  @DisplayName("C36 err carries the nearest name at or above the context that ended it")
  void err_carriesTheNearestName() {
    CancelCtx outer = Ctx.background().withName("outer").withCancel();
    CancelCtx inner = outer.withCancel().withName("inner").withValue(USER, "u").withCancel();

    inner.cancel();

    assertThat(inner.err())
        .hasMessageStartingWith("context canceled")
        .hasMessageContaining("inner");
    assertThat(inner.err()).hasMessageNotContaining("outer");
  }

  @Test
  @DisplayName("C36 it is the context that ended it that counts, not the one that is asked")
  void err_fromAbove_carriesTheNameAbove() {
    CancelCtx outer = Ctx.background().withName("outer").withCancel();
    CancelCtx inner = outer.withName("inner").withCancel();

    outer.close();

    assertThat(inner.err()).hasMessageStartingWith("context closed").hasMessageContaining("outer");
    assertThat(inner.err()).hasMessageNotContaining("inner");
  }

  @Test
  @DisplayName("C36 a deadline's err carries it too, and so do copies")
  void err_ofDeadline_carriesTheName() {
    CancelCtx ctx = root.withName("checkout").withTimeout(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(1));
    CtxException err = new Box<>(ctx.err()).get();

    assertThat(err).hasMessageStartingWith("context deadline exceeded");
    assertThat(err).hasMessageContaining("checkout");
    assertThat(err.copy()).hasMessage(err.getMessage());
    assertThat(root.withName("past").withTimeout(Duration.ZERO).err()).hasMessageContaining("past");
  }

  @Test
  @DisplayName("C36 without a name there is none")
  void err_unnamed_isPlain() {
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.cancel();

    assertThat(ctx.err()).hasMessage("context canceled");
  }
}

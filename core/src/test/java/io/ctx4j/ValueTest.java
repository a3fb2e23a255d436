package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which binding of a key a context sees. */
class ValueTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final CtxKey<String> TRACE = CtxKey.named("trace");
  private static final CtxKey<Integer> COUNT = CtxKey.named("count");

  private final Ctx root = Ctx.background();

  private static Map<CtxKey<?>, @Nullable Object> all(Ctx ctx) {
    Map<CtxKey<?>, @Nullable Object> all = new HashMap<>();
    ctx.forEachValue((key, value) -> {
      assertThat(all).doesNotContainKey(key);
      all.put(key, value);
    });
    return all;
  }

  @Test
  @DisplayName("C21 a value is seen at and below its binding, and not above or beside")
  void value_bound_isSeenBelow() {
    Ctx bound = root.withValue(USER, "u");
    Ctx below =
        bound.withCancel().withTimeout(Duration.ofHours(1)).withName("n").withCancel();

    assertThat(bound.value(USER)).isEqualTo("u");
    assertThat(below.value(USER)).isEqualTo("u");
    assertThat(root.value(USER)).isNull();
    assertThat(root.withCancel().value(USER)).isNull();
  }

  @Test
  @DisplayName("C21 the nearest binding counts")
  void value_boundTwice_isTheNearest() {
    Ctx outer = root.withValue(USER, "outer").withValue(TRACE, "t").withCancel();
    Ctx inner = outer.withValue(USER, "inner");

    assertThat(inner.value(USER)).isEqualTo("inner");
    assertThat(inner.withCancel().value(USER)).isEqualTo("inner");
    assertThat(inner.value(TRACE)).isEqualTo("t");
    assertThat(outer.value(USER)).isEqualTo("outer");
  }

  @Test
  @DisplayName("C21 a binding to null hides an outer one")
  void value_boundToNull_isNull() {
    Ctx hidden = root.withValue(USER, "outer").withValue(USER, null).withCancel();

    assertThat(hidden.value(USER)).isNull();
    assertThat(hidden.withValue(USER, "again").value(USER)).isEqualTo("again");
  }

  @Test
  @DisplayName("C21 valueOr is the value, or the other where that is null")
  void valueOr_missingOrNull_isTheOther() {
    Ctx ctx = root.withValue(USER, "u").withValue(TRACE, "t").withValue(TRACE, null);

    assertThat(ctx.valueOr(USER, "other")).isEqualTo("u");
    assertThat(ctx.valueOr(TRACE, "other")).isEqualTo("other");
    assertThat(ctx.valueOr(COUNT, 42)).isEqualTo(42);
  }

  @Test
  @DisplayName("C21 keys are compared by identity: two of one name are two keys")
  void value_otherKeyOfSameName_isNull() {
    CtxKey<String> twin = CtxKey.named("user");
    Ctx ctx = root.withValue(USER, "u");

    assertThat(ctx.value(twin)).isNull();
    assertThat(ctx.withValue(twin, "twin").value(USER)).isEqualTo("u");
    assertThat(USER).isNotEqualTo(twin);
    assertThat(USER.name()).isEqualTo("user");
  }

  @Test
  @DisplayName("C21 without bindings there is nothing")
  void value_none_isNull() {
    for (Ctx ctx : new Ctx[] {root, Ctx.todo(), Ctx.root(new HookedTime()), root.withCancel()}) {
      assertThat(ctx.value(USER)).isNull();
      assertThat(all(ctx)).isEmpty();
    }
  }

  @Test
  @DisplayName("C21 forEachValue lists the nearest binding of each key once, null included")
  void forEachValue_listsNearestBindings() {
    Ctx ctx = root.withValue(USER, "outer")
        .withValue(COUNT, 1)
        .withCancel()
        .withValue(USER, "inner")
        .withValue(TRACE, "t")
        .withValue(TRACE, null);

    assertThat(all(ctx)).containsOnly(entry(USER, "inner"), entry(COUNT, 1), entry(TRACE, null));
  }

  @Test
  @DisplayName("C21 what the action of forEachValue throws comes out, for it is the caller's")
  void forEachValue_actionThrows_comesOut() {
    var thrown = new IllegalStateException();
    Ctx ctx = root.withValue(USER, "u").withValue(COUNT, 1);
    var called = new AtomicInteger();

    assertThatThrownBy(() -> ctx.forEachValue((key, value) -> {
          called.incrementAndGet();
          throw thrown;
        }))
        .isSameAs(thrown);
    assertThat(called).hasValue(1);
  }

  @Test
  @DisplayName("C22 done or not, values stay readable, and new ones can be bound")
  void value_done_isReadable() {
    CancelCtx ctx = root.withValue(USER, "u").withCancel();
    Ctx below = ctx.withValue(COUNT, 1);
    ctx.cancel();

    assertThat(ctx.value(USER)).isEqualTo("u");
    assertThat(below.value(USER)).isEqualTo("u");
    assertThat(below.value(COUNT)).isEqualTo(1);
    assertThat(all(below)).containsOnly(entry(USER, "u"), entry(COUNT, 1));
    assertThat(ctx.withValue(TRACE, "t").value(TRACE)).isEqualTo("t");
    assertThat(ctx.withCancel().value(USER)).isEqualTo("u");
  }

  @Test
  @DisplayName("C22 withoutCancel() keeps them all")
  void value_withoutCancel_isKept() {
    CancelCtx ctx = root.withValue(USER, "u").withValue(TRACE, null).withCancel();
    Ctx detached = ctx.withValue(COUNT, 1).withoutCancel();
    ctx.cancel();

    assertThat(all(detached)).containsOnly(entry(USER, "u"), entry(COUNT, 1), entry(TRACE, null));
    assertThat(detached.withCancel().value(USER)).isEqualTo("u");
    assertThat(all(detached.withoutCancel())).hasSize(3);
  }

  @Test
  @DisplayName("C21 a value's own methods are never called")
  void value_hostile_isHandedOn() {
    CtxKey<Object> key = CtxKey.named("hostile");
    var hostile = new Object() {
      @Override
      public int hashCode() {
        throw new AssertionError("hashCode");
      }

      @Override
      public boolean equals(@Nullable Object other) {
        throw new AssertionError("equals");
      }

      @Override
      public String toString() {
        throw new AssertionError("toString");
      }
    };
    CancelCtx ctx = root.withValue(key, hostile).withCancel();
    var seen = new AtomicInteger();

    ctx.forEachValue((each, value) -> seen.addAndGet(value == hostile ? 1 : 0));

    assertThat(ctx.value(key) == hostile).isTrue();
    assertThat(Ctx.merge(root, ctx).value(key) == hostile).isTrue();
    assertThat(ctx.valueOr(key, "other") == hostile).isTrue();
    assertThat(ctx.toString() + ctx.tree()).contains("withValue(hostile)");
    assertThat(seen).hasValue(1);
  }

  @Test
  @DisplayName("C24 merged: the first parent that binds the key, also to null")
  void value_merged_isOfTheFirstThatBinds() {
    Ctx first = root.withValue(USER, "first").withValue(TRACE, null).withCancel();
    Ctx second = root.withValue(USER, "second")
        .withValue(TRACE, "second")
        .withValue(COUNT, 2)
        .withCancel();
    Ctx third = root.withValue(COUNT, 3);

    CancelCtx merged = Ctx.merge(first, second, third);

    assertThat(merged.value(USER)).isEqualTo("first");
    assertThat(merged.value(TRACE)).isNull();
    assertThat(merged.value(COUNT)).isEqualTo(2);
    assertThat(all(merged.withCancel()))
        .containsOnly(entry(USER, "first"), entry(TRACE, null), entry(COUNT, 2));
    assertThat(Ctx.merge(root, second).value(USER)).isEqualTo("second");
    assertThat(Ctx.merge(second, first).value(USER)).isEqualTo("second");
    assertThat(merged.withValue(USER, "own").value(USER)).isEqualTo("own");
  }

  @Test
  @DisplayName("C24 merged: all of the first parent's ancestors come before the second parent")
  void value_merged_firstParentsAncestorsComeFirst() {
    Ctx top = root.withValue(USER, "top");
    Ctx first = top.withValue(COUNT, 1).withCancel();
    Ctx second = top.withValue(USER, "second").withValue(COUNT, 2);

    assertThat(Ctx.merge(first, second).value(USER)).isEqualTo("top");
    assertThat(Ctx.merge(second, first).value(USER)).isEqualTo("second");
    assertThat(all(Ctx.merge(first, second))).containsOnly(entry(USER, "top"), entry(COUNT, 1));
  }

  @Test
  @DisplayName("C24 no context is visited twice: merged with itself sixty times over")
  void value_diamonds_isFast() {
    Ctx same = root.withValue(USER, "u").withCancel();
    Ctx fresh = same;
    Ctx apart = same;
    for (int i = 0; i < 60; i++) {
      same = Ctx.merge(same, same);
      fresh = Ctx.merge(fresh.withValue(COUNT, i), fresh.withValue(COUNT, -i));
      apart = Ctx.merge(apart.withCancel(), apart.withName("n"), apart.withoutCancel());
    }
    for (Ctx ctx : new Ctx[] {same, fresh, apart}) {
      assertThat(ctx.value(USER)).isEqualTo("u");
      assertThat(ctx.value(TRACE)).isNull();
      assertThat(all(ctx)).containsEntry(USER, "u");
      assertThat(ctx.withoutCancel().value(TRACE)).isNull();
    }
    assertThat(fresh.value(COUNT)).isEqualTo(59);
    assertThat(all(fresh)).containsOnly(entry(USER, "u"), entry(COUNT, 59));
  }

  @Test
  @DisplayName("C32 a key's text is its name")
  void key_toString_isName() {
    assertThat(CtxKey.named("user")).hasToString("user");
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Values through many layers, where lookups make tables: the same answers, and no more memory than
 * layers.
 *
 * <p>Planted bugs, each seen: a table without probing, without bindings to null or with the
 * farthest binding; {@code NOT_YET} taken for a table; null in a layer below a table passed over;
 * tables made at once, for short ways, for all, never, or not above merges; a merge's parents in
 * the wrong order.
 */
@Tag("search")
class DeepValueTest {
  private static final CtxKey<Integer> MISSING = CtxKey.named("missing");

  private record Model(Ctx ctx, Map<CtxKey<Integer>, @Nullable Integer> bindings) {}

  private static List<CtxKey<Integer>> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> CtxKey.<Integer>named("key")).toList();
  }

  private static void look(Ctx ctx, CtxKey<Integer> key) {
    for (int i = 0; i < 4; i++) { // from the third on by a table, if ever
      assertThat(ctx.value(key)).isNull();
    }
  }

  private static int entries(Ctx ctx) {
    Path.ValueScope values = ((Handle) ctx).path.values();
    return values != null && values.index() != null ? values.index().size : 0;
  }

  @RepeatedTest(20)
  @DisplayName(
      "C21, C22, C24 any graph of layers, nulls, merges and lookups answers as a plain map does")
  void value_anyGraph_isAsInAMap() {
    var random = new Random();
    List<CtxKey<Integer>> keys = keys(40);
    List<Model> all = new ArrayList<>(List.of(new Model(Ctx.background(), new HashMap<>())));
    for (int i = 0; i < 600; i++) {
      Model parent = all.get(Math.max(0, all.size() - 1 - random.nextInt(5)));
      Map<CtxKey<Integer>, @Nullable Integer> bindings = new HashMap<>(parent.bindings);
      int kind = random.nextInt(12);
      Ctx ctx;
      if (kind == 0) {
        Model second = all.get(random.nextInt(all.size()));
        ctx = Ctx.merge(parent.ctx, second.ctx);
        second.bindings.forEach((key, value) -> {
          if (!bindings.containsKey(key)) {
            bindings.put(key, value);
          }
        });
      } else if (kind == 1) {
        ctx = parent.ctx.withCancel();
      } else if (kind == 2) {
        ctx = parent.ctx.withoutCancel();
      } else {
        CtxKey<Integer> key = keys.get(random.nextInt(keys.size()));
        Integer value = random.nextInt(10) == 0 ? null : i;
        ctx = parent.ctx.withValue(key, value);
        bindings.put(key, value);
      }
      var made = new Model(ctx, bindings);
      all.add(made);
      for (int look = random.nextInt(8); look > 0; look--) {
        CtxKey<Integer> key = keys.get(random.nextInt(keys.size()));
        assertThat(made.ctx.value(key)).isEqualTo(made.bindings.get(key));
      }
    }
    for (Model one : all) {
      for (int round = 0; round < 3; round++) {
        for (CtxKey<Integer> key : keys) {
          assertThat(one.ctx.value(key)).isEqualTo(one.bindings.get(key));
        }
        assertThat(one.ctx.value(MISSING)).isNull();
      }
    }
  }

  @Test
  @DisplayName("C21 a binding to null below a table hides what is in it")
  void value_nullBelowTable_isNull() {
    CtxKey<Integer> key = CtxKey.named("key");
    Ctx ctx = Ctx.background().withValue(key, 1);
    for (CtxKey<Integer> other : keys(50)) {
      ctx = ctx.withValue(other, 2);
    }
    look(ctx, MISSING);
    assertThat(entries(ctx)).isEqualTo(51);

    assertThat(ctx.value(key)).isEqualTo(1);
    assertThat(ctx.withValue(key, null).value(key)).isNull();
  }

  @Test
  @DisplayName("short ways, and what is asked once, make no table")
  void value_shortOrOnce_makesNone() {
    Ctx ctx = Ctx.background();
    for (CtxKey<Integer> key : keys(8)) {
      ctx = ctx.withValue(key, 1);
      look(ctx, MISSING);
      assertThat(entries(ctx)).isZero();
    }
    for (CtxKey<Integer> key : keys(200)) {
      ctx = ctx.withValue(key, 1);
      ctx.value(MISSING);
      assertThat(entries(ctx)).isZero();
    }
  }

  @Test
  @DisplayName(
      "a chain of which every layer is asked holds tables of no more than ten entries a layer")
  void value_askedAtEachLayer_tablesAreLinear() {
    int layers = 5_000;
    long entries = 0;
    Ctx ctx = Ctx.background();
    for (CtxKey<Integer> key : keys(layers)) {
      ctx = ctx.withValue(key, 1);
      look(ctx, MISSING);
      entries += entries(ctx);
    }

    assertThat(entries).isBetween(layers / 2L, 10L * layers);
  }

  @Test
  @DisplayName("C41 a lookup that begins at a merge gets its table, too, and answers by it")
  void value_askedAtMerge_makesTable() {
    List<CtxKey<Integer>> keys = keys(100);
    Ctx even = Ctx.background();
    Ctx odd = Ctx.background();
    for (int i = 0; i < 100; i += 2) {
      even = even.withValue(keys.get(i), i);
      odd = odd.withValue(keys.get(i + 1), i + 1).withValue(keys.get(i), -1);
    }
    Ctx merged = Ctx.merge(even, odd);
    Ctx below = merged.withCancel().withName("below");
    look(below, MISSING);

    assertThat(entries(merged)).isEqualTo(100);
    for (int i = 0; i < 100; i++) {
      assertThat(below.value(keys.get(i))).isEqualTo(i);
    }
  }

  @Test
  @DisplayName("C41 a lookup at a merge of many parents gets its table")
  void value_mergeOfMany_makesTable() {
    List<CtxKey<Integer>> keys = keys(100);
    Ctx[] parents =
        keys.stream().map(key -> Ctx.background().withValue(key, 1)).toArray(Ctx[]::new);
    Ctx merged = Ctx.merge(Ctx.background(), Ctx.background(), parents);
    look(merged, MISSING);

    assertThat(entries(merged)).isEqualTo(100);
    assertThat(merged.value(keys.get(99))).isEqualTo(1);
  }

  @Test
  @DisplayName("C41 a small merge makes no table")
  void value_smallMerge_makesNone() {
    List<CtxKey<Integer>> keys = keys(4);
    Ctx merged = Ctx.merge(
        Ctx.background().withValue(keys.get(0), 1).withValue(keys.get(1), 1),
        Ctx.background().withValue(keys.get(2), 1).withValue(keys.get(3), 1));
    look(merged, MISSING);

    assertThat(entries(merged)).isZero();
  }

  @Test
  @DisplayName("the same with merges in between")
  void value_askedAtEachMerge_tablesAreLinear() {
    int layers = 2_000;
    long entries = 0;
    Ctx ctx = Ctx.background();
    for (CtxKey<Integer> key : keys(layers)) {
      ctx = Ctx.merge(ctx, Ctx.background().withValue(key, 1)).withValue(key, 2);
      look(ctx, MISSING);
      entries += entries(ctx);
    }

    assertThat(entries).isBetween(layers / 2L, 20L * layers);
  }
}

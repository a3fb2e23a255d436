package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** The Context of a bound stream is a Context like any other. */
class CtxContextTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final CtxKey<String> TRACE = CtxKey.named("trace");
  private static final CtxKey<String> HIDDEN = CtxKey.named("hidden");

  private final Ctx ctx = Ctx.background()
      .withCancel()
      .withValue(USER, "ada")
      .withValue(TRACE, "t")
      .withValue(HIDDEN, null);
  private final Context context =
      CtxOps.put(ctx).apply(Context.of("plain", 1, TRACE, "downstream", HIDDEN, "downstream"));

  private static final Map<Object, Object> EXPECTED = new HashMap<>();

  CtxContextTest() {
    EXPECTED.put("plain", 1);
    EXPECTED.put(USER, "ada");
    EXPECTED.put(TRACE, "t");
    EXPECTED.put(Ctx.class, ctx);
  }

  private static Map<Object, Object> entries(ContextView view) {
    return view.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Test
  @DisplayName("R6 stream has each key once, with what get returns; size counts them")
  void stream_hasEachKeyOnce() {
    assertThat(entries(context)).isEqualTo(EXPECTED);
    assertThat(context.size()).isEqualTo(4);
    assertThat(context.isEmpty()).isFalse();
    EXPECTED.forEach((key, value) -> {
      assertThat(context.<Object>get(key)).isSameAs(value);
      assertThat(context.hasKey(key)).isTrue();
    });
  }

  @Test
  @DisplayName("R6 get of an absent key throws, the other lookups say so")
  void get_absent_throws() {
    for (Object key : new Object[] {"absent", HIDDEN, CtxKey.named("user"), String.class}) {
      assertThatThrownBy(() -> context.get(key)).isInstanceOf(NoSuchElementException.class);
      assertThat(context.hasKey(key)).isFalse();
      assertThat(context.getOrEmpty(key)).isEmpty();
      assertThat(context.<Object>getOrDefault(key, "other")).isEqualTo("other");
      assertThat(context.<Object>getOrDefault(key, null)).isNull();
    }
  }

  @Test
  @DisplayName("R6 get by class finds the Ctx")
  void get_byClass_findsCtx() {
    assertThat(context.get(Ctx.class)).isSameAs(ctx);
    assertThat(context.getOrEmpty(Ctx.class)).contains(ctx);
  }

  @Test
  @DisplayName("R6 put adds and replaces, and leaves the original as it is")
  void put_copies() {
    Context more = context.put("more", 2).put(USER, "eve").put(HIDDEN, "shown");

    Map<Object, Object> expected = new HashMap<>(EXPECTED);
    expected.put("more", 2);
    expected.put(USER, "eve");
    expected.put(HIDDEN, "shown");
    assertThat(entries(more)).isEqualTo(expected);
    assertThat(entries(context)).isEqualTo(EXPECTED);
    assertThat(context.<String>get(USER)).isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 put of another Ctx changes what get finds above")
  void put_otherCtx_isFound() {
    Context other = context.put(Ctx.class, Ctx.todo());

    assertThat(CtxOps.get(other)).isSameAs(Ctx.todo());
    assertThat(CtxOps.get(context)).isSameAs(ctx);
  }

  @Test
  @DisplayName("R6 delete removes any key, also the ones of ctx")
  void delete_copies() {
    Context less = context.delete(USER).delete("plain").delete("absent");

    Map<Object, Object> expected = new HashMap<>(EXPECTED);
    expected.remove(USER);
    expected.remove("plain");
    assertThat(entries(less)).isEqualTo(expected);
    assertThat(less.hasKey(USER)).isFalse();
    assertThat(less.delete(Ctx.class).hasKey(Ctx.class)).isFalse();
    assertThat(entries(context)).isEqualTo(EXPECTED);
  }

  @Test
  @DisplayName("R6 the bulk operations of Context work: putAll both ways, putAllMap, putNonNull")
  void putAll_merges() {
    Map<Object, Object> expected = new HashMap<>(EXPECTED);
    expected.put("a", 1);
    expected.put("b", 2);
    expected.put("c", 3);
    Context three = Context.of("a", 1, "b", 2, "c", 3);

    assertThat(entries(context.putAll(three.readOnly()))).isEqualTo(expected);
    assertThat(entries(three.putAll(context.readOnly()))).isEqualTo(expected);
    assertThat(entries(Context.empty().putAll(context.readOnly()))).isEqualTo(EXPECTED);
    assertThat(entries(context.putAll(Context.empty().readOnly()))).isEqualTo(EXPECTED);
    assertThat(entries(context.putAllMap(Map.of("a", 1, "b", 2, "c", 3)))).isEqualTo(expected);
    assertThat(entries(context.putNonNull("a", null))).isEqualTo(EXPECTED);
  }

  @Test
  @DisplayName("R16 what changes nothing returns the same Context, as Reactor's own do")
  void change_ofNothing_isTheSame() {
    assertThat(context.delete("absent")).isSameAs(context);
    assertThat(context.delete(HIDDEN)).isSameAs(context);
    assertThat(context.delete(CtxKey.named("user"))).isSameAs(context);
    assertThat(context.putAll(Context.empty().readOnly())).isSameAs(context);
    assertThat(context.putAllMap(Map.of())).isSameAs(context);
    assertThat(context.putNonNull("a", null)).isSameAs(context);
  }

  @Test
  @DisplayName(
      "R6 whatever is written, one at a time or all at once, it is what a plain one would be")
  void write_random_isAsPlain() {
    for (long seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      Object[] keys = {"a", "b", USER, TRACE, HIDDEN, Ctx.class};
      Context ours = random.nextBoolean()
          ? context
          : CtxContext.binding(Context.of("plain", 1, TRACE, "downstream"), ctx);
      Context plain = Context.of(new HashMap<>(EXPECTED));
      for (int i = random.nextInt(8); i >= 0; i--) {
        UnaryOperator<Context> write = write(random, keys[random.nextInt(keys.length)], "w" + i);
        ours = write.apply(ours);
        plain = write.apply(plain);
      }

      assertThat(entries(ours)).as("seed " + seed).isEqualTo(entries(plain));
      assertThat(ours.size()).as("seed " + seed).isEqualTo(plain.size());
      for (Object key : keys) {
        assertThat(ours.<Object>getOrDefault(key, null))
            .as("seed " + seed)
            .isEqualTo(plain.<Object>getOrDefault(key, null));
      }
    }
  }

  private static UnaryOperator<Context> write(Random random, Object key, String text) {
    Object value = key == Ctx.class ? Ctx.todo() : text;
    return switch (random.nextInt(5)) {
      case 0 -> context -> context.put(key, value);
      case 1 -> context -> context.delete(key);
      case 2 -> context -> context.putAll(Context.of(key, value, "c", text).readOnly());
      case 3 -> context -> context.putAllMap(Map.of(key, value));
      default -> context -> context.putAll(Context.of("a", text).readOnly());
    };
  }

  @Test
  @DisplayName("R6 Context.of(view) and readOnly keep all of it")
  void contextOf_keepsAll() {
    assertThat(entries(Context.of(context.readOnly()))).isEqualTo(EXPECTED);
    assertThat(entries(context.readOnly())).isEqualTo(EXPECTED);
    assertThat(CtxOps.get(Context.of(context.readOnly()))).isSameAs(ctx);
  }

  @Test
  @DisplayName("R6 a Context with many keys below and many values above has all of them")
  void stream_manyKeys_hasAll() {
    Context below = Context.empty();
    Ctx above = Ctx.background();
    for (int i = 0; i < 20; i++) {
      below = below.put(i, "below");
      above = above.withValue(CtxKey.named("same name"), "above");
    }

    Context both = CtxOps.put(above).apply(below);

    assertThat(both.size()).isEqualTo(41);
    assertThat(both.stream()).hasSize(41);
    assertThat(both.put("more", 1).size()).isEqualTo(42);
    assertThat(both.delete(Ctx.class).size()).isEqualTo(40);
  }

  @Test
  @DisplayName("R6 toString shows keys by name")
  void toString_showsKeys() {
    assertThat(context.toString()).startsWith("Context").contains("plain");
  }

  @Test
  @DisplayName("C31 null keys and values are refused by name")
  void nulls_areRefused() {
    assertThatNullPointerException().isThrownBy(() -> context.put(nul(), 1)).withMessage("key");
    assertThatNullPointerException().isThrownBy(() -> context.put("k", nul())).withMessage("value");
    assertThatNullPointerException().isThrownBy(() -> context.delete(nul())).withMessage("key");
    assertThatNullPointerException().isThrownBy(() -> context.hasKey(nul())).withMessage("key");
    assertThatNullPointerException()
        .isThrownBy(() -> context.getOrDefault(nul(), 1))
        .withMessage("key");
    assertThatNullPointerException()
        .isThrownBy(() -> context.get(CtxContextTest.<Object>nul()))
        .withMessage("key");
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nul() {
    return null;
  }
}

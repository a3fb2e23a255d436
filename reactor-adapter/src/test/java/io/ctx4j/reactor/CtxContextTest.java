package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
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

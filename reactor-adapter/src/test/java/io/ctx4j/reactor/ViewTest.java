package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** What upstream of a bind sees in its ContextView. */
class ViewTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final CtxKey<String> TRACE = CtxKey.named("trace");
  private static final CtxKey<Integer> DEPTH = CtxKey.named("depth");

  private final CancelCtx root = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  private ContextView above(Ctx ctx, Context downstream) {
    Probe.on(source
        .transform(CtxOps.bind(ctx))
        .contextWrite(context -> context.putAll(downstream.readOnly())));
    return source.context();
  }

  @Test
  @DisplayName("R6 the Ctx stands under Ctx.class, and each value under its key")
  void bind_showsCtxAndValues() {
    Ctx ctx = root.withValue(USER, "ada").withValue(DEPTH, 3);

    ContextView view = above(ctx, Context.empty());

    assertThat(view.<Ctx>get(Ctx.class)).isSameAs(ctx);
    assertThat(view.<String>get(USER)).isEqualTo("ada");
    assertThat(view.<Integer>get(DEPTH)).isEqualTo(3);
    assertThat(view.hasKey(USER)).isTrue();
    assertThat(view.hasKey(TRACE)).isFalse();
    assertThat(view.getOrEmpty(TRACE)).isEmpty();
  }

  @Test
  @DisplayName("R6 the same in a pipeline: deferContextual reads view.get(USER), on Flux and Mono")
  void bind_deferContextual_readsValue() {
    Ctx ctx = root.withValue(USER, "ada");
    Mono<String> mono = Mono.deferContextual(view -> Mono.just(view.<String>get(USER)));

    assertThat(mono.transform(CtxOps.bind(ctx)).block()).isEqualTo("ada");
    assertThat(mono.flux().transform(CtxOps.bind(ctx)).blockLast()).isEqualTo("ada");
    assertThat(mono.transform(CtxOps.bind()).contextWrite(CtxOps.put(ctx)).block())
        .isEqualTo("ada");
    assertThat(mono.transform(CtxOps.withTimeout(Duration.ofHours(1)))
            .contextWrite(CtxOps.put(ctx))
            .block())
        .isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 what downstream wrote stays visible")
  void bind_keepsWhatDownstreamWrote() {
    ContextView view =
        above(root.withValue(USER, "ada"), Context.of("plain", 1, TRACE, "t", Integer.class, 2));

    assertThat(view.<Integer>get("plain")).isEqualTo(1);
    assertThat(view.<String>get(TRACE)).isEqualTo("t");
    assertThat(view.get(Integer.class)).isEqualTo(2);
    assertThat(view.<String>get(USER)).isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 where both have the key, ctx has the last word")
  void bind_bothHaveTheKey_ctxWins() {
    ContextView view =
        above(root.withValue(USER, "ada"), Context.of(USER, "eve", Ctx.class, Ctx.background()));

    assertThat(view.<String>get(USER)).isEqualTo("ada");
    assertThat(view.<Ctx>get(Ctx.class).<String>value(USER)).isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 a key that ctx binds to null is absent, also where downstream has it")
  void bind_nullValue_hidesTheKey() {
    Ctx hiding = root.withValue(USER, "ada").withValue(USER, null);

    ContextView view = above(hiding, Context.of(USER, "eve", TRACE, "t"));

    assertThat(view.hasKey(USER)).isFalse();
    assertThat(view.getOrEmpty(USER)).isEmpty();
    assertThat(view.<String>getOrDefault(USER, "none")).isEqualTo("none");
    assertThat(view.stream().map(entry -> entry.getKey())).doesNotContain(USER);
    assertThat(view.size()).isEqualTo(2);
    assertThat(view.<String>get(TRACE)).isEqualTo("t");
  }

  @Test
  @DisplayName("R6 a null binding further out is not hidden again by the same key bound inside it")
  void bind_nullBehindValue_showsTheValue() {
    Ctx ctx = root.withValue(USER, null).withValue(USER, "ada");

    assertThat(above(ctx, Context.empty()).<String>get(USER)).isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 values of an outer bind stay visible through an inner one that has others")
  void bind_nested_showsOuterValues() {
    Ctx outer = root.withValue(USER, "ada").withValue(TRACE, "outer");
    Ctx inner = Ctx.background().withCancel().withValue(TRACE, "inner");

    Probe.on(source.transform(CtxOps.bind(inner)).transform(CtxOps.bind(outer)));

    ContextView view = source.context();
    assertThat(view.<String>get(USER)).isEqualTo("ada");
    assertThat(view.<String>get(TRACE)).isEqualTo("inner");
    assertThat(view.<Ctx>get(Ctx.class)).isSameAs(inner);
  }

  @Test
  @DisplayName("R7 get finds the innermost Ctx, which has its own values only")
  void get_nested_isInnermostWithItsOwnValues() {
    Ctx outer = root.withValue(USER, "ada");
    Ctx inner = Ctx.background().withCancel().withValue(TRACE, "t");

    Probe.on(source.transform(CtxOps.bind(inner)).transform(CtxOps.bind(outer)));

    Ctx found = CtxOps.get(source.context());
    assertThat(found).isSameAs(inner);
    assertThat(found.value(TRACE)).isEqualTo("t");
    assertThat(found.value(USER)).isNull();
  }

  @Test
  @DisplayName("R7 without a Ctx in the view get is the background, and so is current()")
  void get_none_isBackground() {
    assertThat(CtxOps.get(Context.empty())).isSameAs(Ctx.background());
    assertThat(CtxOps.get(Context.of("other", 1))).isSameAs(Ctx.background());
    assertThat(CtxOps.current().block()).isSameAs(Ctx.background());
  }

  @Test
  @DisplayName("R7 current() is the subscriber's Ctx, asked at each subscription")
  void current_isTheSubscribers() {
    Mono<Ctx> current = CtxOps.current();

    assertThat(current.transform(CtxOps.bind(root)).block()).isSameAs(root);
    assertThat(current.contextWrite(CtxOps.put(Ctx.todo())).block()).isSameAs(Ctx.todo());
  }

  @Test
  @DisplayName("R6 put shows a Ctx and its values, and binds nothing to it")
  void put_showsAndDoesNotBind() {
    Ctx ctx = root.withValue(USER, "ada");
    var probe = Probe.on(source.contextWrite(CtxOps.put(ctx)));
    assertThat(CtxOps.get(source.context())).isSameAs(ctx);
    assertThat(source.context().<String>get(USER)).isEqualTo("ada");

    root.cancel();

    assertThat(probe.signals()).isEmpty();
    assertThat(source.canceled).hasValue(0);
  }

  @Test
  @DisplayName("R6 withValue shows a child of the subscriber's Ctx, by view and by Ctx alike")
  void withValue_isSeenByViewAndCtx() {
    Probe.on(source
        .contextWrite(CtxOps.withValue(TRACE, "t"))
        .contextWrite(CtxOps.withValue(USER, "ada"))
        .contextWrite(CtxOps.put(root)));

    ContextView view = source.context();
    assertThat(view.<String>get(TRACE)).isEqualTo("t");
    assertThat(view.<String>get(USER)).isEqualTo("ada");
    Ctx child = CtxOps.get(view);
    assertThat(child.value(TRACE)).isEqualTo("t");
    assertThat(child.value(USER)).isEqualTo("ada");
    assertThat(child.isDone()).isFalse();
    root.cancel();
    assertThat(child.isDone()).isTrue();
  }

  @Test
  @DisplayName("R6 withValue to null hides, by view and by Ctx alike; without a Ctx it starts one")
  void withValue_null_hides() {
    Probe.on(source
        .contextWrite(CtxOps.withValue(USER, null))
        .contextWrite(CtxOps.withValue(USER, "ada")));

    assertThat(source.context().hasKey(USER)).isFalse();
    assertThat(CtxOps.get(source.context()).value(USER)).isNull();
    assertThat(CtxOps.get(source.context()).isCancelable()).isFalse();
  }

  @Test
  @DisplayName("R6 what stands between bind and source may write over all of it")
  void contextWrite_aboveBind_overrides() {
    Probe.on(source
        .contextWrite(context -> context.put(USER, "eve").put("plain", 1))
        .transform(CtxOps.bind(root.withValue(USER, "ada"))));

    assertThat(source.context().<String>get(USER)).isEqualTo("eve");
    assertThat(CtxOps.get(source.context()).value(USER)).isEqualTo("ada");
  }

  @Test
  @DisplayName("R6 what a subscription costs does not grow with the number of values")
  void subscribe_manyValues_costsTheSame() {
    Ctx few = root.withValue(USER, "ada");
    Ctx many = few;
    for (int i = 0; i < 2_000; i++) {
      many = many.withValue(CtxKey.named("key " + i), i);
    }

    long withFew = allocated(few);
    long withMany = allocated(many);

    assertThat(withMany).isLessThan(withFew * 2);
  }

  /** Bytes that a thousand subscriptions and lookups allocate. */
  private long allocated(Ctx ctx) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Flux<Integer> bound = source.transform(CtxOps.bind(ctx));
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 3; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1_000; i++) {
        var probe = Probe.on(bound);
        Objects.requireNonNull(source.context().<String>get(USER));
        probe.cancel();
        source.requests.clear();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }
}

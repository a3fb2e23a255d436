package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.testing.Memory;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Automatic context propagation: thread-locals above a bind show its Ctx and its values. */
class PropagationTest {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final ThreadLocal<@Nullable Object> LOCAL_CTX = new ThreadLocal<>();
  private static final ThreadLocal<@Nullable Object> LOCAL_USER = new ThreadLocal<>();

  private final CancelCtx root = Ctx.background().withCancel();
  private final Ctx ctx = root.withValue(USER, "ada");

  private record Accessor(Object key, ThreadLocal<@Nullable Object> local)
      implements ThreadLocalAccessor<Object> {
    @Override
    public @Nullable Object getValue() {
      return local.get();
    }

    @Override
    public void setValue(Object value) {
      local.set(value);
    }

    @Override
    public void setValue() {
      local.remove();
    }
  }

  @BeforeEach
  void enable() {
    ContextRegistry.getInstance().registerThreadLocalAccessor(new Accessor(Ctx.class, LOCAL_CTX));
    ContextRegistry.getInstance().registerThreadLocalAccessor(new Accessor(USER, LOCAL_USER));
    Hooks.enableAutomaticContextPropagation();
  }

  @AfterEach
  void disable() {
    Hooks.disableAutomaticContextPropagation();
    ContextRegistry.getInstance().registerThreadLocalAccessor(new CtxThreadLocalAccessor());
    ContextRegistry.getInstance().removeThreadLocalAccessor(USER);
    LOCAL_CTX.remove();
    LOCAL_USER.remove();
  }

  /** What a function finds in the thread-locals. */
  private static Object locals() {
    List<@Nullable Object> found = new ArrayList<>();
    found.add(LOCAL_CTX.get());
    found.add(LOCAL_USER.get());
    return found;
  }

  private List<Function<Publisher<Object>, Publisher<Object>>> forms() {
    return List.of(
        source -> CtxOps.<Object>bind(ctx).apply(source),
        source -> Flux.from(CtxOps.<Object>bind().apply(source)).contextWrite(CtxOps.put(ctx)));
  }

  @Test
  @DisplayName("R13 map and fromCallable above bind see the Ctx and the value as thread-locals")
  void aboveBind_seesThreadLocals() {
    for (Function<Publisher<Object>, Publisher<Object>> form : forms()) {
      for (Publisher<Object> source : List.<Publisher<Object>>of(
          Mono.fromCallable(PropagationTest::locals),
          Mono.just(1).hide().map(one -> locals()),
          Flux.range(1, 1).map(one -> locals()),
          Flux.range(1, 1).hide().map(one -> locals()),
          Mono.fromCallable(PropagationTest::locals).subscribeOn(Schedulers.parallel()),
          Flux.range(1, 1).publishOn(Schedulers.parallel()).map(one -> locals()),
          Mono.just(1).flatMap(one -> Mono.fromCallable(PropagationTest::locals)),
          Mono.delay(Duration.ofMillis(1)).map(one -> locals()))) {
        Object seen = Flux.from(form.apply(source)).blockLast();

        assertThat(seen).isEqualTo(List.of(ctx, "ada"));
      }
    }
    assertThat((List<?>) locals()).containsOnlyNulls();
  }

  @Test
  @DisplayName("R13 withTimeout shows its child as a thread-local")
  void withTimeout_showsItsChild() {
    List<Object> seen = new CopyOnWriteArrayList<>();
    Mono.fromCallable(() -> seen.add(CtxOps.get(reactor.util.context.Context.of(
            Ctx.class, java.util.Objects.requireNonNull(LOCAL_CTX.get())))))
        .transform(CtxOps.withTimeout(Duration.ofHours(1)))
        .contextWrite(CtxOps.put(ctx))
        .block();

    assertThat(seen).hasSize(1).doesNotContain(ctx);
    Ctx child = (Ctx) seen.get(0);
    assertThat(child.value(USER)).isEqualTo("ada");
    assertThat(child.isDone()).isTrue();
  }

  @Test
  @DisplayName("R13 below a bind the thread-locals are what they were")
  void belowBind_isAsBefore() {
    Object seen = Flux.range(1, 1)
        .<Object>map(one -> one)
        .transform(CtxOps.bind(ctx))
        .map(one -> locals())
        .blockLast();

    assertThat((List<?>) seen).containsOnlyNulls();
  }

  @Test
  @DisplayName("R13 a context that can never be done shows its values, too")
  void neverDone_showsThreadLocals() {
    Object seen = Flux.range(1, 1)
        .<Object>map(one -> locals())
        .transform(CtxOps.bind(ctx.withoutCancel()))
        .blockLast();

    assertThat(((List<?>) seen)).last().isEqualTo("ada");
  }

  @Test
  @DisplayName("R13 a Ctx that block() captures from a thread-local binds the stream")
  void capturedByBlock_isTheSubscribers() {
    LOCAL_CTX.set(ctx);

    Ctx seen = CtxOps.current().block();

    assertThat(seen).isSameAs(ctx);
  }

  @Test
  @DisplayName("R13 live and done contexts end streams as without propagation")
  void cancel_isTold() {
    Source<Integer> source = new Source<>();
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)), 2);
    var fused =
        Probe.on(Flux.range(1, 5).publishOn(Schedulers.immediate()).transform(CtxOps.bind(ctx)), 2);
    source.emit(1);
    assertThat(source.requests).containsExactly(2L);

    root.cancel();

    probe.assertSignals(1, "cut");
    fused.assertSignals(1, 2, "cut");
    assertThat(source.canceled).hasValue(1);
    Probe.on(source.transform(CtxOps.bind(ctx))).assertSignals("cut");
    assertThat(source.subscribed).hasValue(1);
  }

  @Test
  @DisplayName(
      "R13 late elements are discarded and the end leaves nothing behind, with propagation on")
  void end_leavesNothing() {
    List<Object> discarded = new ArrayList<>();
    Source<Integer> source = new Source<>();
    Probe.on(source.transform(CtxOps.bind(ctx)).doOnDiscard(Object.class, discarded::add));
    root.cancel();
    source.emit(1);
    assertThat(discarded).containsExactly(1);

    CancelCtx live = Ctx.background().withCancel();
    var completed = Memory.weak(() -> {
      Source<Integer> own = new Source<>();
      var probe = Probe.on(own.transform(CtxOps.bind(live)));
      own.complete();
      return probe;
    });
    assertThat(Memory.isCollected(completed)).isTrue();
    assertThat(live.isDone()).isFalse();
  }
}

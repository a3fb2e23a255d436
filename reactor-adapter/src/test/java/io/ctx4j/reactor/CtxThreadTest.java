package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.testing.Memory;
import io.ctx4j.testing.OwnThread;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** A thread's Ctx, and what Micrometer takes of it and puts back. */
@SuppressWarnings("try") // scopes are there to be closed
class CtxThreadTest implements OwnThread {
  private static final CtxKey<String> USER = CtxKey.named("user");
  private static final ThreadLocal<@Nullable Ctx> PLAIN = new ThreadLocal<>();
  private static final ContextSnapshotFactory SNAPSHOTS =
      ContextSnapshotFactory.builder().clearMissing(true).build();

  private final CancelCtx root = Ctx.background().withCancel();
  private final Ctx ctx = root.withValue(USER, "ada");
  private final ExecutorService pool = Executors.newSingleThreadExecutor();
  private final Scheduler pooled = Schedulers.fromExecutorService(pool);

  @BeforeEach
  void enable() {
    ContextRegistry.getInstance().registerThreadLocalAccessor(new CtxThreadLocalAccessor());
    Hooks.enableAutomaticContextPropagation();
  }

  @Override
  public void afterOnItsThread() {
    assertThat(CtxThread.current()).isSameAs(Ctx.background());
  }

  @AfterEach
  void disable() throws Exception {
    Hooks.disableAutomaticContextPropagation();
    assertThat(pool.submit(CtxThread::current).get()).isSameAs(Ctx.background());
    pooled.dispose();
    pool.shutdown();
  }

  private static void assertValuesWithoutEnd(@Nullable Ctx found) {
    assertThat(requireNonNull(found).value(USER)).isEqualTo("ada");
    assertThat(found.isCancelable()).isFalse();
  }

  @Test
  @DisplayName("T1 the accessor is found, under the key Ctx.class")
  void accessor_isFound() {
    var registry = new ContextRegistry().loadThreadLocalAccessors();

    assertThat(registry.getThreadLocalAccessors())
        .hasAtLeastOneElementOfType(CtxThreadLocalAccessor.class)
        .extracting(ThreadLocalAccessor::key)
        .contains(Ctx.class);
  }

  @Test
  @DisplayName("T1 code above a bind finds its very context, deadline and end included")
  void aboveBind_findsCtx() {
    assertThat(Mono.fromCallable(CtxThread::current)
            .transform(CtxOps.<Ctx>bind(ctx))
            .block())
        .isSameAs(ctx);
    assertThat(Flux.range(1, 2)
            .hide()
            .map(one -> CtxThread.current())
            .contextWrite(CtxOps.put(ctx))
            .collectList()
            .block())
        .containsExactly(ctx, ctx);
  }

  @Test
  @DisplayName(
      "T1 behind a hop to another thread it finds the values, and the end above a bind there")
  void behindHop_findsValues_andTheEndByName() {
    Mono<Ctx> found = Mono.fromCallable(CtxThread::current);

    assertValuesWithoutEnd(
        found.subscribeOn(pooled).contextWrite(CtxOps.put(ctx)).block());
    assertValuesWithoutEnd(Mono.just(1)
        .hide()
        .publishOn(pooled)
        .map(one -> CtxThread.current())
        .transform(CtxOps.bind(ctx))
        .block());
    assertThat(found
            .transform(CtxOps.bind())
            .subscribeOn(pooled)
            .contextWrite(CtxOps.put(ctx))
            .block())
        .isSameAs(ctx);
  }

  @Test
  @DisplayName("T1 what a thread's scope hands on has the values and no end")
  void capture_hasValuesAndNoEnd() throws Exception {
    ContextSnapshot captured;
    Ctx blocked;
    try (var scope = CtxThread.open(ctx)) {
      assertThat(CtxThread.current()).isSameAs(ctx);
      captured = SNAPSHOTS.captureAll();
      blocked = CtxOps.current().block();
    }
    root.cancel();

    assertValuesWithoutEnd(pool.submit(captured.wrap(CtxThread::current)).get());
    assertValuesWithoutEnd(blocked);
    assertValuesWithoutEnd(captured.updateContext(Context.empty()).get(Ctx.class));
  }

  @Test
  @DisplayName(
      "T1 a captured subscribe() within a bound stream outlives it, unless it is bound by name")
  void subscribeWithin_outlivesItsCaller() {
    var unnamed = new AtomicReference<@Nullable Throwable>();
    var named = new AtomicReference<@Nullable Throwable>();
    Mono<Object> write = Mono.never();
    Flux.range(1, 1)
        .hide()
        .doOnNext(one -> {
          write.transform(CtxOps.bind()).contextCapture().subscribe(x -> {}, unnamed::set);
          write.transform(CtxOps.bind(CtxThread.current())).subscribe(x -> {}, named::set);
        })
        .transform(CtxOps.bind(ctx))
        .blockLast();

    root.cancel();

    assertThat(unnamed).hasValue(null);
    assertThat(named.get()).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("T2 a scope within gives back the very context, also after a throw")
  void scopeWithin_givesBack() {
    Ctx other = Ctx.background().withValue(USER, "bob");
    try (var scope = CtxThread.open(ctx)) {
      ContextSnapshot captured = SNAPSHOTS.captureAll();
      for (Context inner : List.of(
          Context.of(Ctx.class, other),
          Context.of(Ctx.class, root.withName("inner")),
          captured.updateContext(Context.empty()),
          Context.empty())) {
        assertThatThrownBy(() -> {
              try (var within = SNAPSHOTS.setThreadLocalsFrom(inner)) {
                throw new IllegalStateException();
              }
            })
            .isInstanceOf(IllegalStateException.class);
        assertThat(CtxThread.current()).isSameAs(ctx);
      }
    }
  }

  @Test
  @DisplayName("T2 each of nested scopes gives back its own, the captured one no end")
  void nestedScopes_giveBackTheirOwn() {
    try (var scope = CtxThread.open(ctx)) {
      ContextSnapshot captured = SNAPSHOTS.captureAll();
      try (var second = captured.setThreadLocals()) {
        Ctx values = CtxThread.current();
        try (var third = SNAPSHOTS.setThreadLocalsFrom(Context.empty())) {
          assertThat(CtxThread.current()).isSameAs(Ctx.background());
          try (var fourth = SNAPSHOTS.setThreadLocalsFrom(Context.of(Ctx.class, ctx))) {
            assertThat(CtxThread.current()).isSameAs(ctx);
          }
          assertThat(CtxThread.current()).isSameAs(Ctx.background());
        }
        assertThat(CtxThread.current()).isSameAs(values);
        assertValuesWithoutEnd(values);
      }
      assertThat(CtxThread.current()).isSameAs(ctx);
    }
  }

  @Test
  @DisplayName("T2 nothing stays on pooled threads, however streams end there")
  void pooledThreads_keepNothing() throws Exception {
    for (Flux<Object> source : List.<Flux<Object>>of(
        Flux.range(1, 20).map(one -> (Object) CtxThread.current()),
        Flux.range(1, 20).hide().doOnNext(one -> assertThat(one).isLessThan(7)).cast(Object.class),
        Flux.range(1, 20).hide().cast(Object.class).take(3))) {
      source
          .publishOn(pooled)
          .transform(CtxOps.bind(ctx))
          .subscribeOn(pooled)
          .contextWrite(CtxOps.put(root))
          .onErrorComplete(AssertionError.class)
          .blockLast();

      assertThat(pool.submit(CtxThread::current).get()).isSameAs(Ctx.background());
    }
    assertThatThrownBy(() -> Mono.fromCallable(() -> {
              throw new IllegalStateException(CtxThread.current().toString());
            })
            .transform(CtxOps.bind())
            .subscribeOn(pooled)
            .contextWrite(CtxOps.put(ctx))
            .block())
        .hasMessage(ctx.toString());
  }

  @Test
  @DisplayName("T2 scopes closed out of order, twice or on another thread leave nothing")
  void close_wrongly_leavesNothing() throws Exception {
    var outer = CtxThread.open(ctx);
    var inner = CtxThread.open(root);
    pool.submit(outer::close).get();
    assertThat(CtxThread.current().isCancelable()).isTrue();

    outer.close();
    assertThat(CtxThread.current()).isSameAs(Ctx.background());
    try (var later = CtxThread.open(ctx)) {
      inner.close();
      outer.close();
      assertThat(CtxThread.current()).isSameAs(ctx);
    }
  }

  @Test
  @DisplayName(
      "T2 scopes that nobody ends keep a bounded number of contexts, and end with one around them")
  void unendedScopes_areBounded() {
    var accessor = new CtxThreadLocalAccessor();
    List<WeakReference<Ctx>> shown = new ArrayList<>();
    try (var scope = CtxThread.open(ctx)) {
      for (int i = 0; i < 1_000; i++) {
        shown.add(Memory.weak(() -> {
          Ctx each = Ctx.background().withValue(USER, "ada").withCancel();
          accessor.getValue();
          accessor.setValue(each);
          return each;
        }));
      }
      assertThat(Memory.isCollected(shown.get(900))).isTrue();
    }
  }

  @Test
  @DisplayName(
      "T3 the power to cancel is not reachable by a cast, whatever it is shown or captured as")
  void cancelCtx_isNotReachable() {
    List<Ctx> found = new ArrayList<>();
    try (var scope = CtxThread.open(root)) {
      found.add(CtxThread.current());
      found.add(requireNonNull(CtxOps.current().block()));
      found.add(SNAPSHOTS.captureAll().updateContext(Context.empty()).get(Ctx.class));
    }
    found.add(requireNonNull(
        Mono.fromCallable(CtxThread::current).transform(CtxOps.bind(root)).block()));
    found.add(requireNonNull(Mono.fromCallable(CtxThread::current)
        .transform(CtxOps.withTimeout(Duration.ofHours(1)))
        .block()));

    assertThat(found).noneMatch(CancelCtx.class::isInstance);
    assertThat(found.get(0).isDone()).isFalse();
    root.cancel();
    assertThat(found).extracting(Ctx::isDone).containsExactly(true, false, false, true, true);
  }

  @Test
  @DisplayName(
      "T4 a scope costs one small object more than a plain thread-local, a capture is made once")
  void scope_costsLittleMore() {
    var accessor = new CtxThreadLocalAccessor();
    long ours = bytesPerTurn(() -> {
      accessor.getValue();
      accessor.setValue(ctx);
      accessor.restore();
    });
    long plain = bytesPerTurn(() -> {
      PLAIN.get();
      PLAIN.set(ctx);
      PLAIN.remove();
    });

    assertThat(ours).isBetween(plain, plain + 32);
    try (var scope = CtxThread.open(ctx)) {
      assertThat(accessor.getValue()).isSameAs(accessor.getValue());
    }
  }

  private static long bytesPerTurn(Runnable turn) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int turns = 10_000;
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < turns; i++) {
      turn.run();
    }
    return (threads.getCurrentThreadAllocatedBytes() - before) / turns;
  }
}

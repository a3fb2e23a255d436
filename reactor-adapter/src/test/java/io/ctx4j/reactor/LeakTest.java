package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Memory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** What stays registered on a live context: the test drops a subscriber and looks for it. */
@Tag("memory")
class LeakTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  /**
   * The flux is bound and subscribed to, ended by the test; then only ctx could hold the
   * subscriber.
   */
  interface Life {
    void live(Source<Integer> source, Probe<Integer> probe);
  }

  static Stream<Arguments> lives() {
    return Stream.of(
        life("completed", (source, probe) -> source.emit(1).complete()),
        life("empty", (source, probe) -> source.complete()),
        life("failed", (source, probe) -> source.fail(new IllegalStateException())),
        life("canceled", (source, probe) -> probe.cancel()),
        life("canceled inside onNext", (source, probe) -> {
          probe.inNext = probe::cancel;
          source.emit(1);
        }),
        life("canceled twice", (source, probe) -> {
          probe.cancel();
          probe.cancel();
        }));
  }

  private static Arguments life(String name, Life life) {
    return Arguments.of(name, life);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lives")
  @DisplayName("R3 a subscription that is over is not held by its context: Flux, Mono, nested")
  void end_leavesNothingRegistered(String name, Life life) {
    List<Function<Source<Integer>, Publisher<Integer>>> binds = List.of(
        source -> source.transform(CtxOps.bind(ctx)),
        source -> source.mono().transform(CtxOps.bind(ctx)),
        source -> source.transform(CtxOps.bind(ctx)).transform(CtxOps.bind(ctx)),
        source -> source.transform(CtxOps.bind()).contextWrite(CtxOps.put(ctx)),
        source -> source
            .transform(CtxOps.withTimeout(Duration.ofHours(1)))
            .contextWrite(CtxOps.put(ctx)));
    for (Function<Source<Integer>, Publisher<Integer>> bind : binds) {
      WeakReference<Probe<Integer>> ended = Memory.weak(() -> {
        Source<Integer> source = new Source<>();
        var probe = Probe.on(bind.apply(source));
        life.live(source, probe);
        return probe;
      });

      assertThat(Memory.isCollected(ended)).isTrue();
      assertThat(ctx.tree().lines()).hasSize(1);
    }
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("R3 a subscription that is not over is held by its context: the test can tell")
  void live_staysRegistered() {
    WeakReference<Probe<Integer>> live =
        Memory.weak(() -> Probe.on(new Source<Integer>().transform(CtxOps.bind(ctx))));

    assertThat(Memory.isCollected(live)).isFalse();
    assertThat(ctx.isDone()).isFalse();
  }

  static Stream<Arguments> fused() {
    return Stream.of(
        Arguments.of("range", Flux.range(1, 5)),
        Arguments.of("array", Flux.just(1, 2, 3)),
        Arguments.of("iterable", Flux.fromIterable(List.of(1, 2, 3))),
        Arguments.of("publishOn", Flux.range(1, 5).publishOn(Schedulers.immediate())),
        Arguments.of("throwing", Flux.fromIterable(() -> {
          throw new IllegalStateException("no iterator");
        })),
        Arguments.of("unicast", unicast()));
  }

  private static Flux<Integer> unicast() {
    return Flux.defer(() -> {
      Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
      sink.tryEmitNext(1).orThrow();
      sink.tryEmitNext(2).orThrow();
      sink.tryEmitComplete().orThrow();
      return sink.asFlux();
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fused")
  @DisplayName("R3 a fused stream that was drained is not held by its context")
  void drained_leavesNothingRegistered(String name, Flux<Integer> flux) {
    Flux<Integer> bound = flux.transform(CtxOps.bind(ctx));
    List<Flux<Integer>> consumers = List.of(
        bound.publishOn(Schedulers.immediate()),
        bound.concatMap(Mono::just),
        bound.flatMapIterable(List::of),
        Flux.just(0, 1).hide().flatMap(i -> bound),
        Flux.zip(bound, bound, Integer::sum));
    for (Flux<Integer> consumer : consumers) {
      WeakReference<Probe<Integer>> drained = Memory.weak(() -> {
        var probe = Probe.on(consumer);
        assertThat(probe.isOver()).isTrue();
        return probe;
      });

      assertThat(Memory.isCollected(drained)).isTrue();
    }
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("R3 a fused stream whose queue throws is not held by its context")
  void throwingPoll_leavesNothingRegistered() {
    Flux<Integer> bound = Flux.fromIterable(List.of(1, 2, 3))
        .<Integer>map(i -> {
          throw new IllegalStateException("in poll");
        })
        .transform(CtxOps.bind(ctx));
    for (Flux<Integer> consumer : List.of(
        bound.publishOn(Schedulers.immediate()),
        bound.flatMapIterable(List::of),
        Flux.just(0, 1).hide().flatMap(i -> bound))) {
      WeakReference<Probe<Integer>> failed = Memory.weak(() -> {
        var probe = Probe.on(consumer);
        probe.assertSignals("error in poll");
        return probe;
      });

      assertThat(Memory.isCollected(failed)).isTrue();
    }
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName(
      "R3 after the cut neither the context nor the source holds the subscriber by our account")
  void cut_leavesNothingRegistered() {
    WeakReference<Probe<Integer>> cut =
        Memory.weak(() -> Probe.on(new Source<Integer>().transform(CtxOps.bind(ctx))));
    ctx.cancel();

    assertThat(Memory.isCollected(cut)).isTrue();
    assertThat(ctx.isDone()).isTrue();
  }

  @Test
  @DisplayName("R3 a source that threw instead of subscribing leaves nothing registered")
  void sourceThrew_leavesNothingRegistered() {
    Publisher<Integer> broken = subscriber -> {
      throw new IllegalStateException();
    };
    WeakReference<Probe<Integer>> failed =
        Memory.weak(() -> Probe.on(Flux.from(broken).transform(CtxOps.bind(ctx))));

    assertThat(Memory.isCollected(failed)).isTrue();
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("R3 a million subscriptions, ended in every way, leave the context as it was")
  void millionSubscriptions_leaveNothing() {
    Source<Integer> source = new Source<>();
    Flux<Integer> flux = source.transform(CtxOps.bind(ctx));
    Mono<Integer> mono = source.mono().transform(CtxOps.bind(ctx));
    long before = Memory.used();

    for (int i = 0; i < 1_000_000; i++) {
      var probe = Probe.<Integer>of(1).to(i % 2 == 0 ? flux : mono);
      switch (i % 3) {
        case 0 -> probe.cancel();
        case 1 -> source.complete();
        default -> source.fail(new IllegalStateException("x", null));
      }
      source.requests.clear();
    }
    source.forget();

    assertThat(Memory.used() - before).isLessThan(5_000_000);
    assertThat(ctx.isDone()).isFalse();
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Every consumer that Reactor has, of one source and of several, over lengths, demands, fused and
 * hidden.
 */
@Tag("search")
class ConsumersTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  static Stream<String> consumers() {
    return Pipelines.consumers().keySet().stream();
  }

  static Stream<String> monoConsumers() {
    return monos().keySet().stream();
  }

  /** By length; FusionTest has more kinds, of one length each. */
  private static Map<String, Supplier<Flux<Integer>>> sources(int length) {
    List<Integer> list = IntStream.range(1, length + 1).boxed().toList();
    Map<String, Supplier<Flux<Integer>>> all = new LinkedHashMap<>();
    all.put("range", () -> Flux.range(1, length));
    all.put("iterable", () -> Flux.fromIterable(list));
    all.put("mapped", () -> Flux.fromIterable(list).map(i -> i));
    all.put("filtered", () -> Flux.range(1, length + 3).filter(i -> i <= length));
    all.put("queue", () -> Flux.fromIterable(list).hide().publishOn(Schedulers.immediate(), 2));
    all.put("queue of a list", () -> Flux.fromIterable(list).publishOn(Schedulers.immediate()));
    all.put("hidden", () -> Flux.fromIterable(list).hide());
    all.put(
        "failing",
        () -> Flux.fromIterable(list)
            .concatWith(Flux.error(new IllegalStateException("own")))
            .publishOn(Schedulers.immediate()));
    return all;
  }

  private List<UnaryOperator<Flux<Integer>>> forms() {
    return List.of(
        flux -> flux.transform(CtxOps.bind(ctx)),
        flux -> flux.transform(CtxOps.withTimeout(Duration.ofHours(1))),
        flux -> flux.transform(CtxOps.bind(ctx)).checkpoint("here").transform(CtxOps.bind(ctx)),
        flux -> flux.transform(CtxOps.bind(Ctx.background())));
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName(
      "R16 each consumer of a Flux: elements, error, completion at the same time for any demand")
  void flux_bound_isAsRaw(String name) {
    Pipelines.Consumer consumer = Pipelines.consumer(name);
    List<String> different = new ArrayList<>();
    for (int length : new int[] {0, 1, 2, 3, 7}) {
      sources(length).forEach((kind, source) -> {
        for (Pipelines.Demand demand : Pipelines.Demand.values()) {
          List<Object> raw = demand.run(source.get(), consumer, length);
          for (UnaryOperator<Flux<Integer>> form : forms()) {
            List<Object> bound = demand.run(form.apply(source.get()), consumer, length);
            if (!bound.equals(raw) // a stock operator makes it, too
                && !bound.equals(demand.run(source.get().map(i -> i), consumer, length))
                && !bound.equals(demand.run(source.get().hide(), consumer, length))
                && !bound.equals(demand.run(source.get().contextWrite(c -> c), consumer, length))) {
              different.add(kind + " of " + length + " " + demand + "\n  raw   " + raw
                  + "\n  bound " + bound);
            }
          }
        }
      });
    }
    assertThat(different).isEmpty();
  }

  private static Map<String, Supplier<Mono<Integer>>> monoSources() {
    Map<String, Supplier<Mono<Integer>>> all = new LinkedHashMap<>();
    all.put("just", () -> Mono.just(1));
    all.put("hidden", () -> Mono.just(1).hide());
    all.put("callable", () -> Mono.fromCallable(() -> 1));
    all.put("empty", () -> Mono.<Integer>empty().hide());
    all.put("runnable", () -> Mono.fromRunnable(() -> {}));
    all.put("error", () -> Mono.<Integer>error(new IllegalStateException("own")).hide());
    all.put("failing", () -> Mono.fromCallable(() -> 1 / Integer.parseInt("0")));
    all.put("deferred", () -> Mono.defer(() -> Mono.just(1)));
    all.put("future", () -> Mono.fromFuture(CompletableFuture.completedFuture(1)));
    all.put("next", () -> Flux.range(1, 3).next());
    all.put("reduced", () -> Flux.range(1, 3).reduce(Integer::sum));
    all.put("mapped", () -> Mono.fromCallable(() -> 1).map(i -> i + 1));
    return all;
  }

  private static Map<String, Function<Mono<Integer>, Flux<?>>> monos() {
    Map<String, Function<Mono<Integer>, Flux<?>>> all = new LinkedHashMap<>();
    all.put("flux", Mono::flux);
    all.put("map", mono -> mono.map(i -> i + 1).flux());
    all.put("filter", mono -> mono.filter(i -> i > 1).flux());
    all.put("flatMap", mono -> mono.flatMap(i -> Mono.just(i).hide()).flux());
    all.put("flatMapMany", mono -> mono.flatMapMany(i -> Flux.range(i, 3)));
    all.put("flatMapIterable", mono -> mono.flatMapIterable(i -> List.of(i, i)));
    all.put("flatMapInner", mono -> Flux.just(0, 1).hide().flatMap(i -> mono));
    all.put("concatMapInner", mono -> Flux.just(0, 1).hide().concatMap(i -> mono));
    all.put("switchMapInner", mono -> Flux.just(0, 1).hide().switchMap(i -> mono));
    all.put("zip", mono -> Mono.zip(mono, mono, Integer::sum).flux());
    all.put("zipWhen", mono -> mono.zipWhen(i -> mono).map(Object::toString).flux());
    all.put("when", mono -> Mono.when(mono, mono).flux());
    all.put("then", mono -> mono.then(mono).flux());
    all.put("thenMany", mono -> mono.thenMany(Flux.range(1, 2)));
    all.put("or", mono -> mono.or(Mono.never()).flux());
    all.put("firstWithValue", mono -> Mono.firstWithValue(mono, Mono.just(7)).flux());
    all.put("switchIfEmpty", mono -> mono.switchIfEmpty(Mono.just(9)).flux());
    all.put("defaultIfEmpty", mono -> mono.defaultIfEmpty(9).flux());
    all.put("onErrorResume", mono -> mono.onErrorResume(e -> Mono.just(8)).flux());
    all.put("cache", mono -> mono.cache().flux());
    all.put("share", mono -> mono.share().flux());
    all.put("repeat", mono -> mono.repeat(2));
    all.put("retry", mono -> mono.retry(2).flux());
    all.put("expand", mono -> mono.expand(i -> i < 3 ? Mono.just(i + 1) : Mono.empty()));
    all.put("filterWhen", mono -> mono.filterWhen(i -> Mono.just(true)).flux());
    all.put("delayUntil", mono -> mono.delayUntil(i -> Mono.empty()).flux());
    all.put("publish", mono -> mono.publish(shared -> shared.map(i -> i + 1)).flux());
    all.put("publishOn", mono -> mono.publishOn(Schedulers.immediate()).flux());
    all.put("hasElement", mono -> mono.hasElement().flux());
    all.put("sequenceEqual", mono -> Mono.sequenceEqual(mono, Flux.range(1, 2)).flux());
    all.put("concatWith", mono -> mono.concatWith(Flux.just(5)));
    all.put("mergeWith", mono -> mono.mergeWith(Flux.just(5).hide()));
    all.put("single", mono -> mono.single().flux());
    all.put(
        "singleOptional", mono -> mono.singleOptional().map(Object::toString).flux());
    all.put("materialize", mono -> mono.materialize().map(Object::toString).flux());
    all.put("takeUntilOther", mono -> mono.takeUntilOther(Mono.never()).flux());
    all.put("handle", mono -> mono.<Integer>handle((i, sink) -> sink.next(i)).flux());
    all.put(
        "usingWhen",
        mono -> Mono.usingWhen(Mono.just(1), i -> mono, i -> Mono.empty()).flux());
    all.put("using", mono -> Mono.using(() -> 1, i -> mono, i -> {}).flux());
    all.put("then fused", mono -> mono.flux().publishOn(Schedulers.immediate()));
    return all;
  }

  @ParameterizedTest
  @MethodSource("monoConsumers")
  @DisplayName(
      "R16 each consumer of a Mono: element, error, completion at the same time for any demand")
  void mono_bound_isAsRaw(String name) {
    Function<Mono<Integer>, Flux<?>> consumer = requireNonNull(monos().get(name));
    List<UnaryOperator<Mono<Integer>>> forms = List.of(
        mono -> mono.transform(CtxOps.bind(ctx)),
        mono -> mono.transform(CtxOps.withTimeout(Duration.ofHours(1))),
        mono -> mono.transform(CtxOps.bind(Ctx.background())));
    List<String> different = new ArrayList<>();
    monoSources().forEach((kind, source) -> {
      for (int demand = 0; demand < 4; demand++) {
        List<Object> raw = run(consumer.apply(source.get()), demand);
        for (UnaryOperator<Mono<Integer>> form : forms) {
          List<Object> bound = run(consumer.apply(form.apply(source.get())), demand);
          if (!bound.equals(raw)
              && !bound.equals(run(consumer.apply(source.get().map(i -> i)), demand))
              && !bound.equals(run(consumer.apply(source.get().hide()), demand))) {
            different.add(kind + " " + demand + "\n  raw   " + raw + "\n  bound " + bound);
          }
        }
      }
    });
    assertThat(different).isEmpty();
  }

  private static List<Object> run(Flux<?> flux, int demand) {
    var probe = Probe.on(flux.cast(Object.class), demand);
    probe.mark();
    probe.request(1);
    List<Object> all = probe.signals();
    all.addAll(probe.breaches);
    return all;
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** Sources that fuse or do not, and consumers that ask for fusion or do not. */
final class Pipelines {
  private Pipelines() {}

  /** What is put under a source; the list takes what its side effects have to say. */
  interface Consumer extends BiFunction<Flux<Integer>, List<Object>, Flux<?>> {}

  static Supplier<Flux<Integer>> source(String name) {
    return requireNonNull(sources().get(name));
  }

  static Consumer consumer(String name) {
    return requireNonNull(consumers().get(name));
  }

  static Map<String, Supplier<Flux<Integer>>> sources() {
    Map<String, Supplier<Flux<Integer>>> all = new LinkedHashMap<>();
    all.put("range", () -> Flux.range(1, 5));
    all.put("array", () -> Flux.just(1, 2, 3));
    all.put("iterable", () -> Flux.fromIterable(List.of(1, 2, 3, 4)));
    all.put("emptyIterable", () -> Flux.fromIterable(List.of()));
    all.put("stream", () -> Flux.fromStream(() -> Stream.of(1, 2, 3)));
    all.put("hidden", () -> Flux.range(1, 5).hide());
    all.put("just", () -> Flux.just(1));
    all.put("iterable1", () -> Flux.fromIterable(List.of(1)));
    all.put("iterable2", () -> Flux.fromIterable(List.of(1, 2)));
    all.put("range2", () -> Flux.range(1, 2));
    all.put("nulls", () -> Flux.fromIterable(java.util.Arrays.asList(1, null, 1)));
    all.put("arrayOfNulls", () -> Flux.fromArray(new Integer[] {1, null, 1}));
    all.put(
        "publishOnIterable",
        () -> Flux.fromIterable(List.of(1, 2, 3)).publishOn(Schedulers.immediate()));
    all.put(
        "flatMapIterable", () -> Flux.just(1, 2).hide().flatMapIterable(i -> List.of(i, i + 1)));
    all.put(
        "flatMapIterableOfList",
        () -> Flux.fromIterable(List.of(1, 2)).flatMapIterable(i -> List.of(i, i + 2)));
    all.put(
        "callableIterable",
        () -> Mono.fromCallable(() -> List.of(1, 2, 3)).flatMapIterable(l -> l));
    all.put("groups", () -> Flux.just(1, 3, 5).hide().groupBy(i -> i % 2).flatMap(g -> g));
    all.put("windows", () -> Flux.range(1, 5).hide().window(2).concatMap(w -> w));
    all.put("buffered", () -> Flux.range(1, 5).hide().onBackpressureBuffer());
    all.put(
        "using", () -> Flux.using(() -> 1, one -> Flux.fromIterable(List.of(1, 2, 3)), one -> {}));
    all.put("empty", Flux::empty);
    all.put("error", () -> Flux.error(new IllegalStateException("own")));
    all.put("callable", () -> Mono.fromCallable(() -> 1).flux());
    all.put("map", () -> Flux.range(1, 5).map(i -> i + 1));
    all.put("filter", () -> Flux.range(1, 9).filter(i -> i % 2 == 0));
    all.put("filterNone", () -> Flux.range(1, 9).filter(i -> false));
    all.put("hiddenFilter", () -> Flux.range(1, 9).hide().filter(i -> i % 2 == 0));
    all.put("mapThrows", () -> Flux.range(1, 5).map(i -> 6 / (3 - i)));
    all.put("iteratorThrows", () -> Flux.fromIterable(Failing::new));
    all.put(
        "generate",
        () -> Flux.generate(() -> 1, (state, sink) -> {
          sink.next(state);
          if (state == 4) {
            sink.complete();
          }
          return state + 1;
        }));
    all.put("publishOn", () -> Flux.range(1, 5).publishOn(Schedulers.immediate()));
    all.put(
        "publishOnError",
        () -> Flux.range(1, 5)
            .hide()
            .concatWith(Flux.error(new IllegalStateException("own")))
            .publishOn(Schedulers.immediate(), 2));
    all.put("unicast", () -> sink(false).asFlux());
    all.put("unicastError", () -> sink(true).asFlux());
    all.put("unicastMap", () -> sink(false).asFlux().map(i -> i * 2));
    all.put("unicastFilter", () -> sink(false).asFlux().filter(i -> i % 2 == 0));
    all.put("replay", () -> {
      Sinks.Many<Integer> sink = Sinks.many().replay().all();
      for (int i = 1; i <= 4; i++) {
        sink.tryEmitNext(i).orThrow();
      }
      sink.tryEmitComplete().orThrow();
      return sink.asFlux();
    });
    all.put("concat", () -> Flux.concat(Flux.range(1, 2), Flux.range(3, 2)));
    all.put("flatMap", () -> Flux.range(1, 3).flatMap(i -> Flux.range(i, 2)));
    all.put("hiddenPeek", () -> Flux.range(1, 5).hide().checkpoint("here").doOnNext(i -> {}));
    all.put("checkpoint", () -> Flux.range(1, 5).checkpoint("here"));
    all.put("peek", () -> Flux.range(1, 5).doOnNext(i -> {}).doOnComplete(() -> {}));
    return all;
  }

  /** 1, 2, and then only failure. */
  private static final class Failing implements Iterator<Integer> {
    private int next = 1;

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public Integer next() {
      if (next == 3) {
        throw new IllegalStateException("own");
      }
      return next++;
    }
  }

  private static Sinks.Many<Integer> sink(boolean failed) {
    Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
    for (int i = 1; i <= 4; i++) {
      sink.tryEmitNext(i).orThrow();
    }
    if (failed) {
      sink.tryEmitError(new IllegalStateException("own")).orThrow();
    } else {
      sink.tryEmitComplete().orThrow();
    }
    return sink;
  }

  static Map<String, Consumer> consumers() {
    Map<String, Consumer> all = new LinkedHashMap<>();
    all.put("none", (flux, log) -> flux);
    all.put("hide", (flux, log) -> flux.hide());
    all.put("publishOn", (flux, log) -> flux.publishOn(Schedulers.immediate()));
    all.put("publishOn1", (flux, log) -> flux.publishOn(Schedulers.immediate(), 1));
    all.put("publishOnEager", (flux, log) -> flux.publishOn(Schedulers.immediate(), false, 2));
    all.put(
        "publishOnFilter",
        (flux, log) -> flux.publishOn(Schedulers.immediate(), 2).filter(i -> i % 2 == 0));
    all.put(
        "publishOnFlatMapIterable",
        (flux, log) ->
            flux.publishOn(Schedulers.immediate(), 2).flatMapIterable(i -> List.of(i, i)));
    all.put("map", (flux, log) -> flux.map(i -> i + 1));
    all.put("filter", (flux, log) -> flux.filter(i -> i % 2 == 0));
    all.put("distinct", (flux, log) -> flux.distinct(i -> i / 2));
    all.put("distinctUntilChanged", (flux, log) -> flux.distinctUntilChanged(i -> i / 2));
    all.put(
        "handle",
        (flux, log) -> flux.<Integer>handle((i, sink) -> {
          if (i % 2 == 0) {
            sink.next(i);
          }
        }));
    all.put("index", (flux, log) -> flux.index());
    all.put("flatMap", (flux, log) -> flux.flatMap(i -> Flux.range(i, 2)));
    all.put("flatMapScalar", (flux, log) -> flux.flatMap(Mono::just));
    all.put("flatMapInner", (flux, log) -> Flux.just(0, 1).hide().flatMap(i -> flux.map(j -> j)));
    all.put("flatMapInnerDirect", (flux, log) -> Flux.just(0).hide().flatMap(i -> flux));
    all.put("flatMapInnerTwice", (flux, log) -> Flux.just(0, 1).hide().flatMap(i -> flux, 2, 1));
    all.put(
        "flatMapInnerCheckpoint",
        (flux, log) -> Flux.just(0).hide().flatMap(i -> flux.checkpoint("here")));
    all.put(
        "flatMapInnerPublishOn",
        (flux, log) -> Flux.just(0).hide().flatMap(i -> flux.publishOn(Schedulers.immediate(), 2)));
    all.put(
        "flatMapDelayErrorInner",
        (flux, log) -> Flux.just(0).hide().flatMapDelayError(i -> flux, 2, 2));
    all.put("mergeDirect", (flux, log) -> Flux.merge(flux, flux));
    all.put("mergeSequential", (flux, log) -> Flux.mergeSequential(flux, flux));
    all.put("mergePriority", (flux, log) -> Flux.mergePriority(Integer::compare, flux, flux));
    all.put("concatMap", (flux, log) -> flux.concatMap(i -> Flux.just(i, i)));
    all.put(
        "concatMapHidden", (flux, log) -> flux.concatMap(i -> Flux.just(i, i).hide(), 1));
    all.put("concatMapDelayError", (flux, log) -> flux.concatMapDelayError(Mono::just));
    all.put("concatMapInner", (flux, log) -> Flux.just(0).hide().concatMap(i -> flux));
    all.put("flatMapSequential", (flux, log) -> flux.flatMapSequential(i -> Flux.just(i, i)));
    all.put(
        "flatMapSequentialInner", (flux, log) -> Flux.just(0).hide().flatMapSequential(i -> flux));
    all.put("flatMapIterable", (flux, log) -> flux.flatMapIterable(i -> List.of(i, i)));
    all.put(
        "flatMapIterableEmpty",
        (flux, log) -> flux.flatMapIterable(i -> i % 2 == 0 ? List.of() : List.of(i), 1));
    all.put("switchMap", (flux, log) -> flux.switchMap(Mono::just));
    all.put("zip", (flux, log) -> Flux.zip(flux, Flux.range(1, 10), Integer::sum));
    all.put("zip1", (flux, log) -> flux.zipWith(Flux.range(1, 10).hide(), 1));
    all.put("zipShorter", (flux, log) -> flux.zipWith(Flux.range(1, 2)));
    all.put("merge", (flux, log) -> flux.mergeWith(Flux.range(7, 2).hide()));
    all.put("combineLatest", (flux, log) -> Flux.combineLatest(flux, Flux.just(9), Integer::sum));
    all.put(
        "mergeComparing",
        (flux, log) -> flux.mergeComparingWith(Flux.range(2, 3), Integer::compare));
    all.put("zipSelf", (flux, log) -> Flux.zip(flux, flux, Integer::sum));
    all.put(
        "zipLonger",
        (flux, log) -> Flux.zip(Flux.range(1, 2), flux, Flux.range(1, 3)).map(Object::toString));
    all.put(
        "sequenceEqual",
        (flux, log) -> Mono.sequenceEqual(flux, Flux.range(1, 5)).flux());
    all.put("sequenceEqualSelf", (flux, log) -> Mono.sequenceEqual(flux, flux).flux());
    all.put("withLatestFrom", (flux, log) -> flux.withLatestFrom(flux, Integer::sum));
    all.put("switchMapInner", (flux, log) -> Flux.just(0, 1).hide().switchMap(i -> flux));
    all.put("switchOnFirst", (flux, log) -> flux.switchOnFirst((first, all2) -> all2));
    all.put("concatMapIterable", (flux, log) -> flux.concatMapIterable(i -> List.of(i, i)));
    all.put("concatDirect", (flux, log) -> Flux.concat(flux, flux));
    all.put("concatDelayError", (flux, log) -> Flux.concatDelayError(flux, flux));
    all.put("firstWithSignal", (flux, log) -> Flux.firstWithSignal(flux, Flux.never()));
    all.put("firstWithValue", (flux, log) -> Flux.firstWithValue(flux, Flux.range(7, 2)));
    all.put("filterWhen", (flux, log) -> flux.filterWhen(i -> Mono.just(i % 2 == 0)));
    all.put("delayUntil", (flux, log) -> flux.delayUntil(i -> Mono.empty()));
    all.put("expand", (flux, log) -> flux.expand(i -> i < 3 ? Flux.just(i + 7) : Flux.empty()));
    all.put("windowUntil", (flux, log) -> flux.windowUntil(i -> i == 2).concatMap(w -> w));
    all.put("bufferUntil", (flux, log) -> flux.bufferUntil(i -> i == 2));
    all.put("takeUntilOther", (flux, log) -> flux.takeUntilOther(Mono.never()));
    all.put("skipUntilOther", (flux, log) -> flux.skipUntilOther(Mono.empty()));
    all.put("sampleFirst", (flux, log) -> flux.sampleFirst(i -> Mono.never()));
    all.put("defaultIfEmpty", (flux, log) -> flux.defaultIfEmpty(9));
    all.put("switchIfEmpty", (flux, log) -> flux.switchIfEmpty(Flux.just(8, 9)));
    all.put("materialize", (flux, log) -> flux.materialize().map(Object::toString));
    all.put("using", (flux, log) -> Flux.using(() -> 1, one -> flux, one -> log.add("closed")));
    all.put(
        "usingWhen", (flux, log) -> Flux.usingWhen(Mono.just(1), one -> flux, one -> Mono.empty()));
    all.put("onErrorResume", (flux, log) -> flux.onErrorResume(e -> Flux.just(8, 9)));
    all.put(
        "tap",
        (flux, log) -> flux.tap(() -> new reactor.core.observability.DefaultSignalListener<>() {}));
    all.put("hasElements", (flux, log) -> flux.hasElements().flux());
    all.put("reduce", (flux, log) -> flux.reduce(Integer::sum).flux());
    all.put("next", (flux, log) -> flux.next().flux());
    all.put("single", (flux, log) -> flux.single().flux());
    all.put("groupBy", (flux, log) -> flux.groupBy(i -> i % 2).flatMap(group -> group.map(i -> i)));
    all.put("window", (flux, log) -> flux.window(2).concatMap(Flux::collectList));
    all.put("buffer", (flux, log) -> flux.buffer(2));
    all.put("collectList", (flux, log) -> flux.collectList().flux());
    all.put(
        "collectListPublishOn",
        (flux, log) -> flux.publishOn(Schedulers.immediate(), 1).collectList().flux());
    all.put("parallel", (flux, log) -> flux.parallel(2, 1).sequential());
    all.put("publish", (flux, log) -> flux.publish(1).autoConnect());
    all.put("publishSelector", (flux, log) -> flux.publish(shared -> shared));
    all.put("publishSelector1", (flux, log) -> flux.publish(shared -> shared.map(i -> i), 1));
    all.put(
        "publishSelectorTwice",
        (flux, log) -> flux.publish(shared -> Flux.merge(shared, shared.filter(i -> i > 2))));
    all.put(
        "publishOnPublishSelector",
        (flux, log) -> flux.publishOn(Schedulers.immediate(), 2).publish(shared -> shared));
    all.put("publishRefCount", (flux, log) -> flux.publish().refCount());
    all.put("share", (flux, log) -> flux.share());
    all.put("emitter", (flux, log) -> emitter(flux));
    all.put("replay", (flux, log) -> flux.replay(2).autoConnect());
    all.put("take", (flux, log) -> flux.take(2));
    all.put("takeLast", (flux, log) -> flux.takeLast(2));
    all.put("skip", (flux, log) -> flux.skip(1));
    all.put("scan", (flux, log) -> flux.scan(Integer::sum));
    all.put("concatWith", (flux, log) -> flux.concatWith(Flux.just(9)));
    all.put("repeat", (flux, log) -> flux.take(1).repeat(2).onErrorComplete());
    all.put("onBackpressureBuffer", (flux, log) -> flux.onBackpressureBuffer());
    all.put("limitRate", (flux, log) -> flux.limitRate(2));
    all.put(
        "limitRatePublishOn",
        (flux, log) -> flux.limitRate(2).publishOn(Schedulers.immediate(), 2));
    all.put("sideEffects", (flux, log) -> effects(flux, log));
    all.put(
        "sideEffectsFlatMapIterable", (flux, log) -> effects(flux, log).flatMapIterable(List::of));
    all.put(
        "sideEffectsPublishOn",
        (flux, log) -> effects(flux, log).publishOn(Schedulers.immediate(), 2));
    all.put("doFinally", (flux, log) -> flux.doFinally(log::add));
    all.put(
        "contextWriteFlatMapIterable",
        (flux, log) -> flux.contextWrite(c -> c).flatMapIterable(i -> List.of(i, i)));
    return all;
  }

  @SuppressWarnings("deprecation") // it is still there, and it asks for fusion
  private static Flux<Integer> emitter(Flux<Integer> flux) {
    var processor = reactor.core.publisher.EmitterProcessor.<Integer>create(4);
    return processor
        .doOnSubscribe(s -> {})
        .mergeWith(Mono.fromRunnable(() -> flux.subscribe(processor)));
  }

  private static Flux<Integer> effects(Flux<Integer> flux, List<Object> log) {
    return flux.doOnNext(i -> log.add("next " + i))
        .doOnError(e -> log.add("error"))
        .doOnComplete(() -> log.add("complete"));
  }

  /** How a consumer asks, and what it has been told by then. */
  enum Demand {
    UNBOUNDED {
      @Override
      void drive(Probe<Object> probe, int count) {
        probe.request(Long.MAX_VALUE);
      }
    },
    ONE_IN_EACH {
      @Override
      void drive(Probe<Object> probe, int count) {
        probe.inNext = () -> probe.request(1);
        probe.request(1);
      }
    },
    ONE_BY_ONE {
      @Override
      void drive(Probe<Object> probe, int count) {
        for (int i = 0; i < count; i++) {
          probe.request(1);
          probe.mark();
        }
      }
    },
    EXACT {
      @Override
      void drive(Probe<Object> probe, int count) {
        if (count > 0) {
          probe.request(count);
        }
      }
    },
    ONE_LESS {
      @Override
      void drive(Probe<Object> probe, int count) {
        if (count > 1) {
          probe.request(count - 1);
        }
      }
    };

    abstract void drive(Probe<Object> probe, int count);

    /** The signals, with marks where requests were done with, and what the side effects said. */
    List<Object> run(Flux<Integer> source, Consumer consumer, int count) {
      List<Object> log = new ArrayList<>();
      var probe = Probe.<Object>of(0);
      consumer.apply(source, log).cast(Object.class).hide().subscribe(probe);
      drive(probe, count);
      List<Object> all = probe.signals();
      all.addAll(probe.breaches);
      if (this
          == UNBOUNDED) { // otherwise peeking between fused neighbors is not reliable in Reactor
        all.add(log);
      }
      return all;
    }
  }
}

package io.ctx4j.reactor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import reactor.core.observability.DefaultSignalListener;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/**
 * A pipeline that a seed stands for, with places where something can be put in between. It runs on
 * one thread, and in virtual time, so that each run of it is the same. A table of operators, and so
 * long.
 */
final class RandomPipeline {
  /** What is put in between; the number is the place's, for who decides by it. */
  interface Between {
    <T> Flux<T> flux(Flux<T> flux, int place);

    <T> Mono<T> mono(Mono<T> mono, int place);
  }

  /** The key in the Context. */
  private static final String TURN = "turn";

  private static final int MAX_OPERATORS = 20;

  /** Every other pipeline has no more: what two neighbors do to each other reaches its ends. */
  private static final int FEW_OPERATORS = 4;

  /** The last ones wait. */
  private static final int SOURCES = 20;

  private static final int SOURCES_NOW = 19;
  private static final int OPERATORS = 110;
  private static final int OPERATORS_NOW = 102;

  private final long seed;
  private final Between between;
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private boolean waits = true;

  /** What the pipeline's own functions saw, in order. */
  final List<String> seen = new ArrayList<>();

  /** What its sources were asked for. */
  final List<String> asked = new ArrayList<>();

  /** Whether there is a zip in it: which of its sources ends first is not promised. */
  boolean zips;

  /**
   * Whether there is a callable in it, which Reactor calls to discard what that returns: a bound
   * one is not called.
   */
  boolean calls;

  /**
   * Whether there is a buffer in it, which has completed with what it holds: a bound one has not,
   * so that who leaves cancels it, and what Reactor leaves lying is discarded.
   */
  boolean buffers;

  /**
   * Whether there is a using in it. It closes as its source completes, with elements still in that
   * one's queue; a bound queue completes when it is empty, so that it is closed then, or when it is
   * canceled.
   */
  boolean closes;

  /**
   * Whether there are rails in it as groups. One that nobody has subscribed to, as who would was
   * canceled, is subscribed to its source all the same, and has no Context but a
   * NullPointerException.
   */
  boolean rails;

  private long open;

  /** Runs where the pipeline's own functions do, inside of a request or an element. */
  Runnable moment = () -> {};

  RandomPipeline(long seed, Between between) {
    this.seed = seed;
    this.between = between;
  }

  /**
   * Without what waits, for two threads. They cannot share its time: a task of the one is rejected
   * where the other has disposed of its worker, and that comes out of the call that moves the time.
   */
  RandomPipeline now() {
    waits = false;
    return this;
  }

  void advance(int millis) {
    if (waits) {
      time.advanceTimeBy(millis(millis));
    }
  }

  /** How many usings are open. */
  long open() {
    return open;
  }

  Flux<Integer> flux() {
    var random = new Random(seed);
    return flux(random, random.nextInt(random.nextBoolean() ? FEW_OPERATORS : MAX_OPERATORS), 2);
  }

  private Flux<Integer> flux(Random random, int operators, int depth) {
    Flux<Integer> flux = at(random, source(random));
    for (int i = 0; i < operators; i++) {
      flux = at(random, operator(flux, random, depth));
    }
    return flux;
  }

  private <T> Flux<T> at(Random random, Flux<T> flux) {
    return between.flux(flux, random.nextInt());
  }

  private <T> Mono<T> at(Random random, Mono<T> mono) {
    return between.mono(mono, random.nextInt());
  }

  private static Duration millis(int n) {
    return Duration.ofMillis(n);
  }

  /** The same for each use of it. */
  private Flux<Integer> inner(long innerSeed, int depth) {
    var random = new Random(innerSeed);
    return flux(random, depth == 0 ? 0 : random.nextInt(3), depth - 1);
  }

  private Flux<Integer> source(Random random) {
    int n = random.nextInt(7);
    String name = "source" + random.nextInt(100);
    Flux<Integer> source = raw(random.nextInt(waits ? SOURCES : SOURCES_NOW), n);
    return random.nextBoolean()
        ? source
        : source
            .doOnRequest(demand -> {
              asked.add(name + " " + demand);
              moment.run();
            })
            .doOnCancel(() -> asked.add(name + " canceled"));
  }

  private Flux<Integer> raw(int kind, int n) {
    List<Integer> list = IntStream.range(1, n + 1).boxed().toList();
    return switch (kind) {
      case 0, 1 -> Flux.range(1, n);
      case 2, 3 -> Flux.fromIterable(list);
      case 4 -> Flux.fromStream(list::stream);
      case 5 -> Flux.fromArray(list.toArray(new Integer[0]));
      case 6, 7 -> Flux.range(1, n).hide();
      case 8 -> Flux.defer(() -> Flux.fromIterable(list));
      case 9 -> Flux.error(new IllegalStateException("own"));
      case 10 -> Flux.range(1, n).concatWith(Flux.error(new IllegalStateException("late")));
      case 11 -> {
        calls = true;
        yield Mono.fromCallable(() -> n).flux();
      }
      case 12 ->
        Flux.<Integer, Integer>generate(() -> 1, (state, sink) -> {
          if (state > n) {
            sink.complete();
          } else {
            sink.next(state);
          }
          return state + 1;
        });
      case 13 -> {
        buffers = true;
        yield Flux.defer(() -> {
          Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
          list.forEach(i -> sink.tryEmitNext(i).orThrow());
          sink.tryEmitComplete().orThrow();
          return sink.asFlux();
        });
      }
      case 14 ->
        Flux.<Integer>create(sink -> {
          list.forEach(sink::next);
          sink.complete();
        });
      case 15 ->
        Flux.deferContextual(view -> {
          seen.add("turn " + view.getOrDefault(TURN, 0));
          return Flux.fromIterable(list);
        });
      case 16 -> Flux.fromIterable(java.util.Arrays.asList(1, 2, n > 3 ? null : 3, 4));
      case 17 -> Flux.just(n);
      case 18 -> Flux.from(new LateSource(n));
      default ->
        Flux.interval(millis(n + 1), time).take(n).map(Long::intValue).onBackpressureDrop();
    };
  }

  @SuppressWarnings(
      "deprecation") // switchMap with a prefetch is still there, and a class of its own
  private Flux<Integer> operator(Flux<Integer> flux, Random random, int depth) {
    int n = 1 + random.nextInt(4);
    long innerSeed = random.nextLong();
    int kind = random.nextInt(waits ? OPERATORS : OPERATORS_NOW);
    return switch (kind) {
      case 0 ->
        flux.map(i -> {
          moment.run();
          return i + n;
        });
      case 1 -> flux.filter(i -> i % 2 == 0);
      case 2 -> flux.take(n);
      case 3 -> flux.skip(n);
      case 4 -> flux.distinctUntilChanged(i -> i / 2);
      case 5 -> flux.scan((a, b) -> (a + b) % 100);
      case 6 -> flux.buffer(n).flatMapIterable(list -> list);
      case 7 -> flux.concatMap(i -> inner(innerSeed, depth), n);
      case 8 -> flux.flatMap(i -> inner(innerSeed, depth), n, n);
      case 9 -> flux.flatMapSequential(i -> inner(innerSeed, depth), n, n);
      case 10 -> flux.switchMap(i -> inner(innerSeed, depth));
      case 11 -> flux.concatMapIterable(i -> List.of(i, n));
      case 12, 13 -> flux.publishOn(Schedulers.immediate(), n);
      case 14 -> flux.publishOn(Schedulers.immediate(), false, n);
      case 15 -> flux.limitRate(n);
      case 16 -> {
        buffers = true;
        yield flux.onBackpressureBuffer();
      }
      case 17 ->
        flux.doOnNext(i -> {
          seen.add("next " + i);
          moment.run();
        });
      case 18 ->
        flux.<Integer>handle((i, sink) -> {
          if (i % 3 != 0) {
            sink.next(i);
          }
        });
      case 19 -> flux.index().map(tuple -> tuple.getT2());
      case 20 -> {
        zips = true;
        yield flux.zipWith(at(random, Flux.range(0, n)), (a, b) -> a);
      }
      case 21 -> {
        zips = true;
        yield Flux.zip(inner(innerSeed, depth), flux, (a, b) -> b);
      }
      case 22 -> flux.concatWith(inner(innerSeed, depth));
      case 23 -> flux.startWith(n);
      case 24 -> flux.defaultIfEmpty(n);
      case 25 -> flux.switchIfEmpty(inner(innerSeed, depth));
      case 26 -> flux.onErrorResume(e -> inner(innerSeed, depth));
      case 27 -> flux.onErrorReturn(n);
      case 28 -> flux.retry(1);
      case 29 -> flux.repeat(1);
      case 30 -> flux.takeLast(n);
      case 31 -> flux.takeWhile(i -> i < n + 2);
      case 32 -> flux.takeUntil(i -> i == n);
      case 33 -> flux.window(n).concatMap(window -> at(new Random(innerSeed), window));
      case 34 -> flux.groupBy(i -> i % 2).flatMap(group -> at(new Random(innerSeed), group), 2);
      case 35 -> flux.publish(n).refCount();
      case 36 -> flux.publish(shared -> at(new Random(innerSeed), shared), n);
      case 37 -> flux.replay(n).autoConnect();
      case 38 -> flux.cache();
      case 39 -> at(random, flux.collectList()).flatMapIterable(list -> list);
      case 40 -> at(random, flux.next()).flux();
      case 41 -> at(random, flux.reduce((a, b) -> (a + b) % 100)).flux();
      case 42 -> flux.materialize().<Integer>dematerialize();
      case 43 -> flux.delayUntil(i -> at(new Random(innerSeed), Mono.just(i).hide()));
      case 44 -> flux.filterWhen(i -> at(new Random(innerSeed), Mono.just(i % 2 == 0)));
      case 45 -> {
        closes = true;
        yield Flux.using(
            () -> {
              open++;
              return n;
            },
            one -> flux,
            one -> {
              open--;
              seen.add("closed " + one);
            });
      }
      case 46 -> flux.hide();
      case 47 -> flux.checkpoint("here");
      case 48 -> flux.doFinally(end -> seen.add("finally " + end));
      case 49 -> flux.doOnDiscard(Integer.class, i -> seen.add("discarded " + i));
      case 50 -> flux.contextWrite(context -> context.put("key" + n, n));
      case 51 -> flux.switchOnFirst((first, all) -> at(new Random(innerSeed), all));
      case 52 -> Flux.combineLatest(flux, inner(innerSeed, depth), (a, b) -> a);
      case 53 -> flux.withLatestFrom(inner(innerSeed, depth), (a, b) -> a);
      case 54 -> flux.mapNotNull(i -> i % 3 == 0 ? null : i);
      case 55 -> flux.distinct();
      case 56 -> flux.sort();
      case 57 -> flux.parallel(1, n).sequential();
      case 58 -> Flux.mergeSequential(flux, inner(innerSeed, depth));
      case 59 -> flux.map(i -> 12 / (i - n)); // fails at one of them
      case 60 -> flux.doOnEach(signal -> seen.add(signal.getType() + " each"));
      case 61 -> Flux.firstWithSignal(flux, inner(innerSeed, depth));
      case 62 -> flux.concatMap(i -> at(new Random(innerSeed), Mono.fromCallable(() -> i)), 0);
      case 63 -> Flux.concatDelayError(flux, inner(innerSeed, depth));
      case 64 -> Flux.mergeDelayError(n, flux, inner(innerSeed, depth));
      case 65 -> flux.flatMapDelayError(i -> inner(innerSeed, depth), n, n);
      case 66 -> flux.concatMapDelayError(i -> inner(innerSeed, depth), n);
      case 67 -> flux.switchMap(i -> inner(innerSeed, depth), n);
      case 68 -> flux.takeUntilOther(inner(innerSeed, 0).skip(9));
      case 69 -> flux.skipUntilOther(inner(innerSeed, depth));
      case 70 -> flux.sample(inner(innerSeed, depth));
      case 71 -> flux.retryWhen(Retry.max(1));
      case 72 -> flux.repeatWhen(ends -> at(new Random(innerSeed), ends.take(1)));
      case 73 -> flux.onBackpressureDrop();
      case 74 -> flux.onBackpressureLatest();
      case 75 -> flux.limitRate(n + 2, 1);
      case 76 -> flux.bufferUntil(i -> i % 3 == 0).flatMapIterable(list -> list);
      case 77 -> flux.bufferTimeout(n, millis(n), time).flatMapIterable(list -> list);
      case 78 -> flux.bufferTimeout(n, millis(n), time, true).flatMapIterable(list -> list);
      case 79 -> flux.tap(() -> new DefaultSignalListener<>() {});
      case 80 -> flux.transformDeferred(all -> at(new Random(innerSeed), all));
      default -> ofParts(flux, random, n, innerSeed, kind);
    };
  }

  /** Operators that divide, share or reduce: what they hand out has places, too. */
  private Flux<Integer> ofParts(Flux<Integer> flux, Random random, int n, long seed, int kind) {
    return switch (kind) {
      case 81 -> flux.windowUntil(i -> i % 3 == 0).concatMap(part -> at(new Random(seed), part));
      case 82 -> flux.windowWhile(i -> i % 3 != 0, n).flatMap(part -> at(new Random(seed), part));
      case 83 -> flux.window(n, n + 1).concatMap(part -> at(new Random(seed), part), n);
      case 84 -> flux.window(n + 1, n).flatMap(part -> at(new Random(seed), part));
      case 85 ->
        flux.groupBy(i -> i % 3, n)
            .flatMap(group -> at(new Random(seed), group.publishOn(Schedulers.immediate(), n)), 4);
      case 86 ->
        flux.groupBy(i -> i % 2)
            .concatMap(group -> at(new Random(seed), group).collectList())
            .flatMapIterable(list -> list);
      case 87 ->
        flux.parallel(2, n).runOn(Schedulers.immediate(), n).map(i -> i + 1).sequential(n);
      case 88 -> {
        rails = true;
        yield flux.parallel(1, n).groups().flatMap(rail -> at(new Random(seed), rail));
      }
      case 89 -> flux.replay(n).refCount(1);
      case 90 -> flux.publish(n).autoConnect(1);
      case 91 -> flux.share();
      case 92 -> at(random, flux.last(n)).cache().flux();
      case 93 -> at(random, flux.single(n).onErrorResume(e -> Mono.just(n))).flux();
      case 94 -> at(random, flux.then(Mono.just(n))).flux();
      case 95 -> at(random, flux.hasElements()).map(any -> any ? 1 : 0).flux();
      case 96 ->
        at(random, flux.next().flatMap(i -> at(new Random(seed), Mono.just(i).hide())))
            .flux();
      case 97 ->
        flux.collectList()
            .zipWith(at(random, Mono.just(n)), (list, one) -> list)
            .flatMapIterable(list -> list);
      case 98 ->
        Flux.usingWhen(
            Mono.just(n),
            one -> flux,
            one -> at(new Random(seed), Mono.fromRunnable(() -> seen.add("released"))));
      case 99 ->
        flux.expand(
            i -> i > 0 && i < 4 ? at(new Random(seed), Flux.just(i - 1).hide()) : Flux.empty());
      case 100 ->
        flux.repeatWhen(ends -> at(new Random(seed), turns(ends)))
            .contextWrite(Context.of(TURN, n));
      case 101 ->
        flux.retryWhen(Retry.from(ends -> at(new Random(seed), turns(ends))))
            .contextWrite(Context.of(TURN, n));
      default -> inTime(flux, n, seed, kind);
    };
  }

  /**
   * Operators that wait. Not a windowTimeout without fair backpressure: an error that comes before
   * its first window makes its onError throw.
   */
  private Flux<Integer> inTime(Flux<Integer> flux, int n, long seed, int kind) {
    return switch (kind) {
      case 102 ->
        flux.windowTimeout(n, millis(n), time, true).concatMap(part -> at(new Random(seed), part));
      case 103 ->
        flux.windowTimeout(n, millis(n), time, true).flatMap(part -> at(new Random(seed), part));
      case 104 -> flux.delayElements(millis(n), time);
      case 105 -> flux.timeout(millis(n), at(new Random(seed), Flux.just(n)), time);
      case 106 -> flux.delaySubscription(millis(n), time);
      case 107 -> flux.buffer(millis(n), time).flatMapIterable(list -> list);
      case 108 -> flux.sampleTimeout(i -> at(new Random(seed), Mono.delay(millis(n), time)));
      default ->
        flux.concatMap(i -> at(new Random(seed), Mono.delay(millis(n), time).map(t -> i)), n);
    };
  }

  /** Writes into the Context which turn is next, by which it is, and ends with the last one. */
  private static Flux<Object> turns(Flux<?> ends) {
    return ends.take(9).handle((end, sink) -> {
      int left = sink.contextView().get(TURN);
      if (left > 0) {
        sink.next(Context.of(TURN, left - 1));
      } else {
        sink.complete();
      }
    });
  }

  /** For a report. */
  @Override
  public String toString() {
    return "seed " + seed;
  }
}

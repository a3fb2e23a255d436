package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Queues that nobody empties: a replay's keeps what others still want, and to clear it is to forget
 * the place in it. What is discarded of it, and by whom, over what replays, what drains it, and
 * when that ends.
 */
class ReplayTest {
  /** Drains the replay, and another source that the test has in hand. */
  private interface Consumer extends BiFunction<Flux<Integer>, Flux<Integer>, Flux<Integer>> {}

  /**
   * Raw it has completed, so that some leave what it holds as it is (as in
   * {@link RandomPipeline#buffers}).
   */
  private static final String QUEUE = "cache, queue";

  private final CancelCtx ctx = Ctx.background().withCancel();

  private static Map<String, Supplier<Flux<Integer>>> sources() {
    Map<String, Supplier<Flux<Integer>>> all = new LinkedHashMap<>();
    for (int length : new int[] {1, 3, 40}) { // 40: more than an array of an unbounded one holds
      Flux<Integer> range = Flux.range(1, length);
      Flux<Integer> unended = range.concatWith(Flux.never());
      all.put("replay(1).refCount " + length, () -> range.replay(1).refCount());
      all.put("replay(2).refCount " + length, () -> range.replay(2).refCount());
      all.put("replay(2).refCount unended " + length, () -> unended.replay(2).refCount());
      all.put("replay.refCount " + length, () -> range.replay().refCount());
      all.put("replay.autoConnect " + length, () -> range.replay().autoConnect());
      all.put("cache " + length, range::cache);
      all.put("cache unended " + length, unended::cache);
      all.put("cache(2) " + length, () -> range.cache(2));
      all.put("cache for an hour " + length, () -> range.cache(Duration.ofHours(1)));
      all.put("cache, mapped " + length, () -> range.cache().map(i -> i));
      all.put("cache, filtered " + length, () -> range.cache().filter(i -> i % 3 != 2));
      all.put("cache, checkpoint " + length, () -> range.cache().checkpoint("here"));
      all.put(QUEUE + " " + length, () -> range.cache().publishOn(Schedulers.immediate()));
      all.put("sink " + length, () -> filled(Sinks.many().replay().all(), range));
      all.put("sink(2) " + length, () -> filled(Sinks.many().replay().limit(2), range));
      all.put("publish.refCount " + length, () -> range.publish().refCount());
      all.put("share " + length, range::share);
    }
    return all;
  }

  private static Flux<Integer> filled(Sinks.Many<Integer> sink, Flux<Integer> with) {
    with.subscribe(
        i -> sink.tryEmitNext(i).orThrow(),
        e -> sink.tryEmitError(e).orThrow(),
        () -> sink.tryEmitComplete().orThrow());
    return sink.asFlux();
  }

  private static Flux<Integer> on(Flux<Integer> flux) {
    return flux.publishOn(Schedulers.immediate());
  }

  private static Map<String, Consumer> drains() {
    Map<String, Consumer> all = new LinkedHashMap<>();
    all.put("none", (flux, other) -> flux);
    all.put("zip", (flux, other) -> flux.zipWith(other, (a, b) -> a));
    all.put("zip one by one", (flux, other) -> flux.zipWith(other, 1, (a, b) -> a));
    all.put("concatMap", (flux, other) -> flux.concatMap(i -> Flux.just(i).concatWith(other)));
    all.put("flatMapIterable", (flux, other) -> flux.flatMapIterable(i -> List.of(i, i)));
    all.put("flatMap's inner", (flux, other) -> Flux.just(flux, other).hide().flatMap(i -> i));
    all.put("mergeSequential", (flux, other) -> Flux.mergeSequential(flux, other));
    all.put("mergeComparing", (flux, other) -> flux.mergeComparingWith(other, Integer::compare));
    all.put("publish(f)", (flux, other) -> flux.publish(shared -> shared));
    all.put("publishOn", (flux, other) -> flux.publishOn(Schedulers.immediate(), 2));
    all.put("parallel", (flux, other) -> flux.parallel(2, 1).sequential(1));
    all.put("share", (flux, other) -> flux.share());
    all.put("groupBy", (flux, other) -> flux.groupBy(i -> i % 2).concatMap(group -> group));
    return all;
  }

  /**
   * Each of them straight, behind a publishOn, which is a queue of its own then, and behind more.
   */
  private static Map<String, Consumer> consumers() {
    Map<String, Consumer> all = new LinkedHashMap<>();
    drains().forEach((name, drain) -> {
      all.put(name, drain);
      all.put("publishOn, " + name, (flux, other) -> drain.apply(on(flux), other));
      all.put(
          "publishOn(1), " + name,
          (flux, other) -> drain.apply(flux.publishOn(Schedulers.immediate(), 1), other));
      all.put(
          "publishOn, doOnNext, " + name,
          (flux, other) -> drain.apply(on(flux).doOnNext(i -> {}), other));
      all.put(
          "doOnNext, publishOn, " + name,
          (flux, other) -> drain.apply(on(flux.doOnNext(i -> {})), other));
    });
    return all;
  }

  static Stream<String> names() {
    return consumers().keySet().stream();
  }

  /**
   * When it ends.
   *
   * @param demand what is asked for as it begins
   * @param others how many elements the other source has sent
   * @param inside the element inside which it ends, if it comes; otherwise it ends after all that
   * @param fails whether the other source fails, and downstream does not leave
   */
  private record Moment(long demand, int others, int inside, boolean fails) {
    static List<Moment> all() {
      List<Moment> all = new ArrayList<>();
      for (int inside = 0; inside < 3; inside++) {
        for (int others = 0; others < 3; others++) {
          for (boolean fails : new boolean[] {false, true}) {
            for (long demand : new long[] {0, 1, 2, Long.MAX_VALUE}) {
              all.add(new Moment(demand, others, inside, fails));
            }
          }
        }
      }
      return all;
    }

    Run run(Flux<Integer> source, Consumer consumer) {
      var dropped = new Dropped();
      var probe = new Probe<Integer>(demand, dropped.hooks());
      Source<Integer> other = new Source<>();
      boolean[] ended = {false};
      Runnable end = () -> {
        if (!ended[0]) {
          ended[0] = true;
          if (fails && other.subscribed.get() > 0) {
            other.fail(new IllegalStateException("other"));
          } else {
            probe.cancel();
          }
        }
      };
      int[] taken = {0};
      probe.inNext = () -> {
        if (++taken[0] == inside) {
          end.run();
        }
      };
      consumer.apply(source, other).subscribe(probe);
      for (int i = 0; i < others && other.subscribed.get() > 0 && !ended[0]; i++) {
        other.emit(i);
      }
      end.run();
      assertThat(probe.breaches).isEmpty();
      return new Run(
          probe.signals(), dropped.discarded.stream().map(String::valueOf).toList());
    }
  }

  private record Run(List<Object> signals, List<String> discarded) {
    /**
     * The same; but what the other discards several times, or has delivered, need not be so often.
     */
    boolean isAs(Run other) {
      return signals.equals(other.signals)
          && other.discarded.stream()
              .allMatch(one -> discarded.contains(one) || signals.contains(Integer.valueOf(one)))
          && discarded.stream()
              .allMatch(one -> Collections.frequency(discarded, one)
                  <= Collections.frequency(other.discarded, one));
    }

    /** The same, and more is discarded, each once, of what was not delivered. */
    boolean losesLessThan(Run other) {
      return signals.equals(other.signals)
          && discarded.containsAll(other.discarded)
          && discarded.stream().distinct().count() == discarded.size()
          && discarded.stream().noneMatch(one -> signals.contains(Integer.valueOf(one)));
    }
  }

  @Tag("search")
  @ParameterizedTest
  @MethodSource("names")
  @DisplayName(
      "R16 R4 of a replay bound discards what raw does, or a hide would, whoever drains it, and none twice")
  void end_replayed_discardsWhatRawDoes(String name) {
    Consumer consumer = requireNonNull(consumers().get(name));
    List<UnaryOperator<Flux<Integer>>> forms = List.of(
        flux -> flux.transform(CtxOps.bind(ctx)),
        flux -> flux.transform(CtxOps.bind(ctx)).transform(CtxOps.withTimeout(Duration.ofHours(1))),
        flux -> flux.transform(CtxOps.bind(Ctx.background())));
    List<String> different = new ArrayList<>();
    sources().forEach((kind, source) -> {
      for (Moment moment : Moment.all()) {
        Run raw = moment.run(source.get(), consumer);
        for (UnaryOperator<Flux<Integer>> form : forms) {
          Run bound = moment.run(form.apply(source.get()), consumer);
          if (!bound.isAs(raw)
              && !bound.isAs(moment.run(source.get().hide(), consumer))
              && !(kind.startsWith(QUEUE) && bound.losesLessThan(raw))) {
            different.add(kind + " " + moment + "\n  raw   " + raw + "\n  bound " + bound);
          }
        }
      }
    });
    assertThat(different).isEmpty();
  }

  @Test
  @DisplayName("R16 what a zip has taken of a replay is discarded once as its other source fails")
  void otherFails_replayed_discardsOnce() {
    for (boolean binds : new boolean[] {false, true}) {
      var dropped = new Dropped();
      Flux<Integer> replay = Flux.range(1, 3).replay(4).refCount();
      Flux<Integer> source = binds ? replay.transform(CtxOps.bind(ctx)) : replay;
      Source<Integer> other = new Source<>();
      var probe = new Probe<Integer>(1, dropped.hooks());
      on(source).zipWith(other).map(both -> 0).subscribe(probe);

      other.fail(new IllegalStateException("own"));

      probe.assertSignals("error own");
      assertThat(dropped.discarded).containsExactlyInAnyOrder(1, 2, 3);
    }
  }
}

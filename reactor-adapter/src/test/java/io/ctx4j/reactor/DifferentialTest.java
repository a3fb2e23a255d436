package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Random pipelines with binds at random places, against the same without: a search, bounded here
 * ({@code -Dctx4j.test.seeds=…}, from {@code -Dctx4j.test.seed=…}), for a job of the night not.
 *
 * <p>No difference of ours is what a stock operator in the same places makes, too: it takes a
 * scalar or a queue from its consumer as we do. What a synchronous queue that has become an
 * asynchronous one (R9) changes is none: which of a zip's sources ends first; that a callable is
 * not called for what it returns to be discarded; what a buffer holds that has completed; when a
 * using is closed over a queue that nobody drains ({@link RandomPipeline#closes}); and that an
 * error overtakes what a {@code publish} holds (its text is not the same there, in Reactor). Nor is
 * what lies between two runs with stock operators: the order of merged sources, where they have
 * several; and what is asked for or discarded, where one has less and another more.
 */
@Tag("search")
class DifferentialTest {
  private static final long SEEDS = Long.getLong("ctx4j.test.seeds", 5_000);

  /** A job of the night takes as long as its seeds. */
  private static final long STUCK_SECONDS = 24 * 3_600;

  private static final long FIRST = Long.getLong("ctx4j.test.seed", 1);

  /**
   * How many mixtures of stock operators are tried before a difference is taken for one of ours.
   */
  private static final int MIXES = 60;

  private static final String DISCARDED = "discarded";
  private static final String DEMAND = "demand";
  private static final String EFFECTS = "side effects";
  private static final String CLOSED = "closed";

  /**
   * What can be told of a run from outside.
   *
   * @param open how many usings are still open once the context has ended
   */
  private record Run(
      Map<String, List<String>> parts,
      boolean calls,
      boolean buffers,
      boolean closes,
      boolean rails,
      long open) {
    List<String> part(String name) {
      return requireNonNull(parts.get(name));
    }

    /** The names of the parts in which no one of the others is the same. */
    List<String> differences(List<Run> others) {
      return parts.keySet().stream()
          .filter(part -> others.stream().noneMatch(other -> part(part).equals(other.part(part))))
          .filter(part -> !part.equals(DISCARDED) || !isBetween(others))
          .filter(part -> !part.equals(DEMAND) || !asksBetween(others))
          .filter(part -> !part.equals(EFFECTS) || !(closesLater(others) || tellsLess(others)))
          .filter(part -> !isInAnOrder(part, others))
          .toList();
    }

    /**
     * All elements that one of the others discards, and none more often than another. Reactor
     * discards twice what a list was asked for and nobody took, as it cancels it and as it clears
     * it; it need not be ours.
     */
    private boolean isBetween(List<Run> others) {
      List<String> mine = part(DISCARDED);
      List<List<String>> theirs =
          others.stream().map(other -> other.part(DISCARDED)).toList();
      return theirs.stream().anyMatch(other -> calls || mine.containsAll(other))
          && theirs.stream().anyMatch(other -> buffers || isNowhereMore(mine, other));
    }

    /**
     * All that one of the others asks its sources for, and no more than another: fused it asks for
     * less.
     */
    private boolean asksBetween(List<Run> others) {
      List<String> mine = part(DEMAND);
      return others.stream().anyMatch(other -> isWithin(other.part(DEMAND), mine))
          && others.stream().anyMatch(other -> isWithin(mine, other.part(DEMAND)));
    }

    /** Whether the one is the other with something left out. */
    private static boolean isWithin(List<String> one, List<String> other) {
      int found = 0;
      for (String each : other) {
        if (found < one.size() && each.equals(one.get(found))) {
          found++;
        }
      }
      return found == one.size();
    }

    /**
     * The same, but for a using that closes later: as its queue is empty, it is canceled, or the
     * context ends.
     */
    private boolean closesLater(List<Run> others) {
      return closes
          && others.stream()
              .filter(other -> open <= other.open)
              .map(other -> other.part(EFFECTS))
              .anyMatch(other -> closesLater(part(EFFECTS), other));
    }

    /**
     * The same, but that a doOnEach is told less: of what a filter lets not through it is told only
     * where it is fused.
     */
    private boolean tellsLess(List<Run> others) {
      return others.stream()
          .map(other -> other.part(EFFECTS))
          .anyMatch(other -> isWithin(part(EFFECTS), other)
              && withoutEach(other).equals(withoutEach(part(EFFECTS))));
    }

    private static List<String> withoutEach(List<String> effects) {
      return effects.stream().filter(one -> !one.equals("onNext each")).toList();
    }

    private static boolean closesLater(List<String> mine, List<String> other) {
      return withoutClosed(other).equals(withoutClosed(mine))
          && mine.stream()
              .filter(Run::isClosed)
              .distinct()
              .allMatch(one -> isLater(places(mine, one), places(other, one)));
    }

    /** Each time not before it happens there, if it happens. */
    private static boolean isLater(List<Integer> mine, List<Integer> other) {
      return mine.size() <= other.size()
          && IntStream.range(0, mine.size()).allMatch(i -> mine.get(i) >= other.get(i));
    }

    /** After how much else it happens. */
    private static List<Integer> places(List<String> effects, String closed) {
      return IntStream.range(0, effects.size())
          .filter(i -> effects.get(i).equals(closed))
          .map(i -> withoutClosed(effects.subList(0, i)).size())
          .boxed()
          .toList();
    }

    private static boolean isClosed(String effect) {
      return effect.startsWith(CLOSED);
    }

    private static List<String> withoutClosed(List<String> effects) {
      return effects.stream().filter(one -> !isClosed(one)).toList();
    }

    /** The same but for the order, of which the others have more than one. */
    private boolean isInAnOrder(String part, List<Run> others) {
      return others.stream()
              .map(other -> other.part(part))
              .filter(other -> isReordered(part(part), other))
              .distinct()
              .count()
          > 1;
    }

    /** Elements alone may change places: not an end, nor a mark. */
    private static boolean isReordered(List<String> mine, List<String> other) {
      return sorted(mine).equals(sorted(other)) && places(mine).equals(places(other));
    }

    private static List<String> places(List<String> signals) {
      return signals.stream()
          .map(one -> one.matches("-?\\d+|source.*") ? "" : one)
          .toList();
    }

    private static boolean isNowhereMore(List<String> mine, List<String> other) {
      return mine.stream()
          .allMatch(one -> Collections.frequency(mine, one) <= Collections.frequency(other, one));
    }
  }

  private static List<String> sorted(Iterable<?> all) {
    List<String> texts = new ArrayList<>();
    all.forEach(one -> texts.add(String.valueOf(one)));
    texts.sort(null);
    return texts;
  }

  /** Puts the form at about a third of the places. */
  private static RandomPipeline.Between at(UnaryOperator<Publisher<?>> form) {
    return new RandomPipeline.Between() {
      @Override
      @SuppressWarnings("unchecked")
      public <T> Flux<T> flux(Flux<T> flux, int place) {
        return place % 3 == 0 ? (Flux<T>) form.apply(flux) : flux;
      }

      @Override
      @SuppressWarnings("unchecked")
      public <T> Mono<T> mono(Mono<T> mono, int place) {
        return place % 3 == 0 ? (Mono<T>) form.apply(mono) : mono;
      }
    };
  }

  private static RandomPipeline.Between only(
      IntPredicate places, UnaryOperator<Publisher<?>> form) {
    RandomPipeline.Between all = at(form);
    return new RandomPipeline.Between() {
      @Override
      public <T> Flux<T> flux(Flux<T> flux, int place) {
        return places.test(place) ? all.flux(flux, place) : flux;
      }

      @Override
      public <T> Mono<T> mono(Mono<T> mono, int place) {
        return places.test(place) ? all.mono(mono, place) : mono;
      }
    };
  }

  /**
   * At one place, as often as that is come to. A timeout inside of another ends with it, as it
   * should, and with it what a cache or a replay above keeps running: that is a difference which is
   * meant.
   */
  private static RandomPipeline.Between once(UnaryOperator<Publisher<?>> form) {
    int[] chosen = {1};
    return only(
        place -> {
          if (chosen[0] == 1 && place % 3 == 0) {
            chosen[0] = place;
          }
          return chosen[0] == place;
        },
        form);
  }

  @SuppressWarnings("unchecked")
  private static UnaryOperator<Publisher<?>> form(UnaryOperator<Publisher<Object>> form) {
    return source -> form.apply((Publisher<Object>) source);
  }

  private static UnaryOperator<Publisher<?>> stock(
      UnaryOperator<Flux<Object>> onFlux, UnaryOperator<Mono<Object>> onMono) {
    return source -> {
      @SuppressWarnings("unchecked")
      Publisher<Object> typed = (Publisher<Object>) source;
      return typed instanceof Mono<Object> mono
          ? onMono.apply(mono)
          : onFlux.apply((Flux<Object>) typed);
    };
  }

  private static final List<UnaryOperator<Publisher<?>>> STOCK = List.of(
      stock(flux -> flux.map(i -> i), mono -> mono.map(i -> i)),
      stock(Flux::hide, Mono::hide),
      stock(flux -> flux.doOnNext(i -> {}), mono -> mono.doOnNext(i -> {})),
      stock(flux -> flux.takeUntilOther(Mono.never()), mono -> mono.takeUntilOther(Mono.never())));

  /**
   * Stock operators that make an asynchronous queue of a synchronous one, as a bind does (R9).
   * Reactor discards what such a one still holds where it loses what the other does.
   */
  private static final List<UnaryOperator<Publisher<?>>> QUEUES = List.of(
      stock(flux -> flux.concatMapIterable(List::of), mono -> mono),
      stock(flux -> flux.concatMapIterable(List::of, 1), mono -> mono));

  /**
   * What asks for the Context as it is subscribed to, for pipelines with
   * {@link RandomPipeline#rails}. Not among {@link #STOCK}: it keeps the Context of then, and is
   * always conditional, which a bind is not.
   */
  private static final List<UnaryOperator<Publisher<?>>> OF_CONTEXT =
      List.of(stock(flux -> flux.contextWrite(c -> c), mono -> mono.contextWrite(c -> c)));

  /** At each place one of the stock operators, or none. */
  private static RandomPipeline.Between mixed(int mix) {
    List<RandomPipeline.Between> each = STOCK.stream().map(DifferentialTest::at).toList();
    return new RandomPipeline.Between() {
      private int choice(int place) {
        return new Random(place * 31L + mix).nextInt(each.size() + 1);
      }

      @Override
      public <T> Flux<T> flux(Flux<T> flux, int place) {
        int choice = choice(place);
        return choice == each.size() ? flux : each.get(choice).flux(flux, place);
      }

      @Override
      public <T> Mono<T> mono(Mono<T> mono, int place) {
        int choice = choice(place);
        return choice == each.size() ? mono : each.get(choice).mono(mono, place);
      }
    };
  }

  private interface Form extends Function<Ctx, RandomPipeline.Between> {}

  private static Map<String, Form> forms() {
    Map<String, Form> forms = new LinkedHashMap<>();
    forms.put("bind(ctx)", ctx -> at(form(CtxOps.bind(ctx))));
    forms.put("bind()", ctx -> at(form(CtxOps.bind())));
    forms.put("withTimeout", ctx -> once(form(CtxOps.withTimeout(Duration.ofHours(1)))));
    forms.put("never done", ctx -> at(form(CtxOps.bind(Ctx.background()))));
    return forms;
  }

  /** An operator passes each of several cancels on, or one. */
  private static List<String> withoutRepeatedCancels(List<String> asked) {
    List<String> all = new ArrayList<>();
    for (String one : asked) {
      if (all.isEmpty() || !one.endsWith("canceled") || !one.equals(all.get(all.size() - 1))) {
        all.add(one);
      }
    }
    return all;
  }

  private static List<String> demand(RandomPipeline pipeline) {
    return pipeline.asked.stream().filter(one -> !one.endsWith("canceled")).toList();
  }

  private static Run run(long seed, RandomPipeline.Between between) {
    return run(seed, ctx -> between);
  }

  private static Run run(long seed, Form form) {
    CancelCtx ctx = Ctx.background().withCancel();
    var dropped = new Dropped();
    var probe =
        new Probe<Integer>(0, Context.of(Ctx.class, ctx).putAll(dropped.hooks().readOnly()));
    var pipeline = new RandomPipeline(seed, form.apply(ctx));
    drive(seed, pipeline, pipeline.flux(), probe);
    Map<String, List<String>> parts = new LinkedHashMap<>();
    parts.put("signals", probe.signals().stream().map(DifferentialTest::text).toList());
    parts.put("breaches", List.copyOf(probe.breaches));
    parts.put(DEMAND, pipeline.buffers ? demand(pipeline) : withoutRepeatedCancels(pipeline.asked));
    List<String> effects =
        pipeline.seen.stream().filter(one -> !one.startsWith(DISCARDED)).toList();
    parts.put(EFFECTS, pipeline.zips ? sorted(effects) : effects);
    List<Object> discarded = new ArrayList<>(dropped.discarded);
    discarded.removeIf(one -> !(one instanceof Integer)); // operators that were in queues, too
    pipeline.seen.stream().filter(one -> one.startsWith(DISCARDED)).forEach(discarded::add);
    parts.put(DISCARDED, sorted(discarded));
    parts.put("dropped elements", sorted(dropped.elements));
    parts.put("dropped errors", sorted(dropped.errors));
    if (pipeline
        .closes) { // not for nothing: Reactor discards for ever what some shared replays hold, raw,
      // too
      ctx.cancel();
    }
    return new Run(
        parts, pipeline.calls, pipeline.buffers, pipeline.closes, pipeline.rails, pipeline.open());
  }

  /**
   * Reactor has two texts for the same error: one where an iterable is polled, one where it is not.
   */
  private static String text(Object signal) {
    return String.valueOf(signal).replace("error The iterator returned", "error iterator returned");
  }

  private static void drive(
      long seed, RandomPipeline pipeline, Flux<Integer> flux, Probe<Integer> probe) {
    var random = new Random(seed * 31);
    int cancelAt = random.nextInt(4) == 0 ? random.nextInt(6) : -1;
    boolean inNext = random.nextBoolean();
    int[] taken = {0};
    probe.inNext = () -> {
      taken[0]++;
      if (taken[0] == cancelAt) {
        probe.cancel();
      } else if (inNext) {
        probe.request(1);
      }
    };
    flux.subscribe(probe);
    Threads.until(probe::isSubscribed); // by a context that has ended on another thread, perhaps
    for (int i = random.nextInt(6); i > 0; i--) {
      probe.request(1 + random.nextInt(3));
      pipeline.advance(random.nextInt(4));
      probe.mark();
    }
    if (random.nextBoolean()) {
      probe.request(Long.MAX_VALUE);
      pipeline.advance(10);
    } else if (random.nextBoolean()) {
      probe.cancel();
    }
  }

  @Test
  @Timeout(STUCK_SECONDS)
  @DisplayName("R16 random pipelines do with a live context's binds what they do without")
  void random_live_isAsWithout() {
    List<String> different = new ArrayList<>();
    Hooks.onErrorDropped(e -> {});
    try {
      for (long seed = FIRST; seed < FIRST + SEEDS && different.size() < 20; seed++) {
        forEach(seed, different, DifferentialTest::compareLive);
      }
    } finally {
      Hooks.resetOnErrorDropped();
    }
    assertThat(different).isEmpty();
  }

  private interface Search {
    /** Adds to the list what is wrong. */
    void of(long seed, List<String> wrong);
  }

  private static void forEach(long seed, List<String> wrong, Search search) {
    if (!Unending.ends(() -> search.of(seed, wrong)) && isEnding(seed)) {
      wrong.add("seed " + seed + " does not end");
    }
  }

  /**
   * Whether it ends without a bind, what one would cancel being canceled at the end, at whichever
   * of the places.
   */
  private static boolean isEnding(long seed) {
    return places(seed).stream()
        .allMatch(place -> Unending.ends(() -> {
          List<Subscription> all = new ArrayList<>();
          var probe = new Probe<Integer>(0, new Dropped().hooks());
          var pipeline = new RandomPipeline(
              seed,
              only(
                  one -> one == place,
                  stock(
                      flux -> flux.doOnSubscribe(all::add), mono -> mono.doOnSubscribe(all::add))));
          drive(seed, pipeline, pipeline.flux(), probe);
          all.forEach(Subscription::cancel);
        }));
  }

  private static Set<Integer> places(long seed) {
    Set<Integer> places = new LinkedHashSet<>();
    run(seed, only(places::add, source -> source));
    return places;
  }

  private static void compareLive(long seed, List<String> different) {
    Run raw = run(seed, at(source -> source));
    for (var form : forms().entrySet()) {
      Run bound = run(seed, form.getValue());
      if (bound.equals(raw)) {
        continue;
      }
      List<Run> others = new ArrayList<>(List.of(raw));
      for (UnaryOperator<Publisher<?>> stock : STOCK) {
        others.add(run(seed, at(stock)));
        others.add(run(seed, once(stock)));
      }
      for (int mix = 0; mix < MIXES && !bound.differences(others).isEmpty(); mix++) {
        others.add(run(seed, mixed(mix)));
      }
      for (String part : bound.differences(others)) {
        if ((part.equals(DISCARDED) && isAs(QUEUES, part, seed, bound))
            || (bound.rails && isAs(OF_CONTEXT, part, seed, bound))) {
          continue;
        }
        different.add("seed " + seed + " " + form.getKey() + " " + part + "\n  raw   "
            + raw.part(part) + "\n  bound " + bound.part(part));
      }
    }
  }

  /** With one of these at all places, or at one of them. */
  private static boolean isAs(
      List<UnaryOperator<Publisher<?>>> forms, String part, long seed, Run bound) {
    Set<Integer> places = places(seed);
    return forms.stream()
        .flatMap(form -> Stream.concat(
            Stream.of(at(form)), places.stream().map(one -> only(place -> place == one, form))))
        .anyMatch(between -> bound.part(part).equals(run(seed, between).part(part)));
  }

  /** A run that something ends at one of its moments: the same one for the same seed. */
  private static final class Ended {
    final Dropped dropped = new Dropped();
    final Probe<Integer> probe = new Probe<>(0, dropped.hooks());
    final RandomPipeline pipeline;
    private final int endAt;
    private int moments;

    Ended(long seed, RandomPipeline.Between between, Runnable end) {
      pipeline = new RandomPipeline(seed, between);
      endAt = new Random(seed * 17).nextInt(12);
      pipeline.moment = () -> {
        if (moments++ == endAt) {
          end.run();
        }
      };
    }

    /** Where it had a moment for that. */
    boolean isEnded() {
      return moments > endAt;
    }
  }

  @Test
  @Timeout(STUCK_SECONDS)
  @DisplayName(
      "R1 R4 a random pipeline whose context ends at a random moment passes on what a cancel lets through")
  void random_endedInline_isAsCanceled() {
    List<String> different = new ArrayList<>();
    for (long seed = FIRST; seed < FIRST + SEEDS && different.size() < 20; seed++) {
      forEach(seed, different, DifferentialTest::compareEnded);
    }
    assertThat(different).isEmpty();
  }

  private static void compareEnded(long seed, List<String> different) {
    Probe<?>[] canceled = new Probe<?>[1];
    var raw = new Ended(seed, at(source -> source), () -> canceled[0].cancel());
    canceled[0] = raw.probe;
    Flux<Integer> rawFlux = raw.pipeline.flux();
    CancelCtx own = Ctx.background().withCancel();
    var bound = new Ended(seed, at(source -> source), own::cancel);
    Flux<Integer> boundFlux = bound.pipeline.flux().transform(CtxOps.bind(own));
    try {
      drive(seed, raw.pipeline, rawFlux, raw.probe);
    } catch (NullPointerException beforeTheSubscription) {
      return; // a moment at which there is nothing to cancel
    }
    drive(seed, bound.pipeline, boundFlux, bound.probe);

    List<Object> elements = elements(bound.probe);
    List<Object> whole = elements(raw.probe);
    boolean prefix = elements.size() <= whole.size()
        && elements.equals(whole.subList(0, elements.size())); // raw may pass on what is under way
    if (!prefix || (bound.probe.isCut() && !bound.isEnded())) {
      different.add("seed " + seed + "\n  canceled " + raw.probe.signals() + "\n  ended    "
          + bound.probe.signals());
    }
    check(seed, bound, bound.isEnded(), different);
  }

  @Test
  @Timeout(STUCK_SECONDS)
  @DisplayName(
      "R1 R4 with binds at random places too: one terminal signal, nothing after it, no noise")
  void random_boundEverywhereEndedInline_endsOnce() {
    List<String> wrong = new ArrayList<>();
    for (long seed = FIRST; seed < FIRST + SEEDS && wrong.size() < 20; seed++) {
      forEach(seed, wrong, DifferentialTest::endEverywhere);
    }
    assertThat(wrong).isEmpty();
  }

  private static void endEverywhere(long seed, List<String> wrong) {
    CancelCtx own = Ctx.background().withCancel();
    var run = new Ended(seed, at(form(CtxOps.bind(own))), own::cancel);
    Flux<Integer> source = run.pipeline.flux();
    if (isScalar(source)) {
      return;
    }
    drive(seed, run.pipeline, source.transform(CtxOps.bind(own)), run.probe);
    own.cancel();
    check(seed, run, true, wrong);
  }

  /** Where there is nothing to end (R1): without demand it waits for ever, bound or not. */
  private static boolean isScalar(Flux<Integer> source) {
    return source instanceof Fuseable.ScalarCallable;
  }

  private static List<Object> elements(Probe<Integer> probe) {
    return probe.signals().stream().filter(Integer.class::isInstance).toList();
  }

  private static void check(long seed, Ended run, boolean ended, List<String> wrong) {
    boolean noise = run.dropped.errors.stream().anyMatch(CtxException.class::isInstance);
    boolean left = run.probe.wasCanceled;
    if (!run.probe.breaches.isEmpty() || noise || (ended && !run.probe.isOver() && !left)) {
      wrong.add(
          "seed " + seed + " " + run.probe.signals() + run.probe.breaches + run.dropped.errors);
    }
  }

  @Test
  @Timeout(STUCK_SECONDS)
  @DisplayName("R1 R4 the same, ended from another thread")
  void random_endedElsewhere_endsOnce() {
    List<String> wrong = new ArrayList<>();
    var random = new Random(FIRST);
    for (long seed = FIRST; seed < FIRST + SEEDS / 5 && wrong.size() < 20; seed++) {
      CancelCtx own = Ctx.background().withCancel();
      var run = new Ended(seed, at(form(CtxOps.bind(own))), () -> {});
      Flux<Integer> source = run.pipeline.now().flux();
      if (isScalar(source)) {
        continue;
      }
      Flux<Integer> flux = source.transform(CtxOps.bind(own));
      var started = new CountDownLatch(1);
      int spins = random.nextInt(3_000);
      Future<?> ending = Threads.start(() -> {
        started.countDown();
        for (int i = 0; i < spins; i++) {
          Thread.onSpinWait();
        }
        own.cancel();
      });
      Threads.await(started);
      drive(seed, run.pipeline, flux, run.probe);
      Threads.join(ending);
      if (!run.probe.wasCanceled) {
        Threads.await(run.probe.ended);
      }
      check(seed, run, true, wrong);
    }
    assertThat(wrong).isEmpty();
  }
}

package io.ctx4j.rxjava3;

import static io.ctx4j.rxjava3.Inserted.BIND;
import static io.ctx4j.rxjava3.Inserted.HIDE;
import static io.ctx4j.rxjava3.Inserted.NOTHING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.BaseTestConsumer;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.processors.MulticastProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * All of RxJava's consumers, of one source and of two, with sources of each length, fused and
 * hidden, and with each demand: bound sources give what raw ones do.
 *
 * <p>Some of RxJava's do not with sources that cannot be fused; there a bound source is like a
 * hidden one, and which those are is written down here.
 */
@Tag("search")
class ConsumerTableTest {
  private static final int[][] LENGTHS = {
    {3, 3}, {3, 2}, {2, 3}, {0, 2}, {2, 0}, {130, 130}, {300, 3}
  };
  private static final long[] DEMANDS = {1, 3, 130, Long.MAX_VALUE};

  /**
   * Raw, they give for a hidden source what they do not give for one that can be fused.
   * sequenceEqual does not answer where it has not asked the longer source for all that it has;
   * switchMap and switchOnNext give a fused source's items without demand; publish takes two merged
   * sources in another order.
   */
  private static final List<String> UNLIKE_HIDDEN =
      List.of("sequenceEqual", "switchMap", "switchOnNext", "publish");

  private static final Map<String, Function<TableSources, Object>> CONSUMERS = consumers();

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final TreeSet<String> unlikeHidden = new TreeSet<>();
  private final List<String> differ = new ArrayList<>();

  private static Map<String, Function<TableSources, Object>> consumers() {
    Map<String, Function<TableSources, Object>> all = new LinkedHashMap<>();
    Operators.FLOWABLE.forEach((name, of) -> all.put(name, s -> of.apply(s.upstream(), s)));
    Operators.OBSERVABLE.forEach(
        (name, of) -> all.put("Observable." + name, s -> of.apply(s.upstreamObservable(), s)));
    Operators.SINGLE.forEach((name, of) -> all.put("Single." + name, s -> of.apply(s.single(), s)));
    Operators.MAYBE.forEach((name, of) -> all.put("Maybe." + name, s -> of.apply(s.maybe(), s)));
    Operators.COMPLETABLE.forEach(
        (name, of) -> all.put("Completable." + name, s -> of.apply(s.completable(), s)));
    all.put("no consumer", TableSources::upstream);
    all.put("merge", s -> Flowable.mergeArrayDelayError(s.upstream(), s.flowable()));
    all.put("concatEager", s -> Flowable.concatArrayEager(s.upstream(), s.flowable()));
    all.put("switchOnNext", s -> Flowable.switchOnNext(Flowable.just(s.upstream(), s.flowable())));
    all.put("inner concat", s -> Flowable.range(1, 2).hide().concatMap(i -> s.upstream()));
    all.put("inner eager", s -> Flowable.range(1, 2).hide().concatMapEager(i -> s.upstream()));
    all.put(
        "inner publish",
        s -> Flowable.range(1, 2).hide().concatMap(i -> s.upstream().publish(g -> g), 1));
    all.put("completables", s -> Completable.concat(s.upstream().map(i -> s.completable()), 2));
    all.put("singles", s -> Single.concat(s.upstream().map(Single::just)));
    all.put("publish(f) rebatched", s -> s.upstream().publish(g -> g).rebatchRequests(1));
    all.put("publish(f) take", s -> s.upstream().publish(g -> g.take(3)));
    all.put("autoConnect", s -> s.upstream().publish().autoConnect());
    all.put(
        "parallel runOn",
        s -> s.upstream().parallel(2).runOn(Schedulers.trampoline()).sequential());
    all.put("multicast", s -> {
      MulticastProcessor<Integer> processor = MulticastProcessor.create(2);
      TestSubscriber<Integer> end = processor.test(3);
      s.upstream().subscribe(processor);
      return text(end.values(), end);
    });
    all.put(
        "Observable inner eager",
        s -> Observable.range(1, 2).hide().concatMapEager(i -> s.upstreamObservable()));
    all.put(
        "Observable inner concat",
        s -> Observable.range(1, 2).hide().concatMap(i -> s.upstreamObservable()));
    all.put(
        "Observable inner switch",
        s -> Observable.range(1, 2).hide().switchMap(i -> s.upstreamObservable()));
    all.put(
        "Observable merge",
        s -> Observable.mergeArrayDelayError(s.upstreamObservable(), s.observable()));
    return all;
  }

  @Test
  @DisplayName("X6 R16 every consumer of bound sources gives what it gives of raw ones")
  void subscribe_everyConsumer_isAsRaw() {
    int compared = 0;
    try (var undelivered = new Undelivered()) {
      for (String consumer : CONSUMERS.keySet()) {
        for (String kind : TableSources.KINDS) {
          for (int[] length : LENGTHS) {
            for (boolean choice : new boolean[] {false, true}) {
              compared += compare(
                  consumer, new TableSources(kind, length[0], length[1], choice, NOTHING, ctx));
            }
          }
        }
      }
      assertThat(undelivered.ofBindings).isEmpty();
    }
    assertThat(differ).isEmpty();
    assertThat(unlikeHidden).containsExactlyInAnyOrderElementsOf(UNLIKE_HIDDEN);
    assertThat(compared).isGreaterThan(30_000);
  }

  private int compare(String consumer, TableSources sources) {
    List<String> raw = run(consumer, sources);
    List<String> bound = run(consumer, sources.with(BIND));
    if (!bound.equals(raw)) {
      if (bound.equals(run(consumer, sources.with(HIDE)))) {
        unlikeHidden.add(consumer);
      } else {
        differ.add(consumer + " of " + sources + "\n  raw   " + raw + "\n  bound " + bound);
      }
    }
    return raw.size();
  }

  /** What comes of each demand. */
  private static List<String> run(String consumer, TableSources sources) {
    List<String> all = new ArrayList<>();
    for (long demand : DEMANDS) {
      Object stream = requireNonNull(CONSUMERS.get(consumer)).apply(sources);
      if (stream instanceof Flowable<?> flowable) {
        TestSubscriber<?> end = flowable.test(demand);
        all.add(text(end.values(), end));
        end.request(1);
        all.add(text(end.values(), end));
        end.cancel();
      } else {
        return List.of(text(stream));
      }
    }
    return all;
  }

  private static String text(Object stream) {
    TestObserver<?> end;
    if (stream instanceof Observable<?> observable) {
      end = observable.test();
    } else if (stream instanceof Single<?> single) {
      end = single.test();
    } else if (stream instanceof Maybe<?> maybe) {
      end = maybe.test();
    } else if (stream instanceof Completable completable) {
      end = completable.test();
    } else {
      return String.valueOf(stream);
    }
    String text = text(end.values(), end);
    end.dispose();
    return text;
  }

  private static String text(List<?> values, BaseTestConsumer<?, ?> end) {
    String kind;
    try {
      end.assertNoErrors();
      kind = ends(end) ? "end" : "open";
    } catch (AssertionError e) {
      kind = String.valueOf(e.getCause());
    }
    return values.size() + " " + values.hashCode() + " " + kind;
  }

  private static boolean ends(BaseTestConsumer<?, ?> end) {
    try {
      end.assertComplete();
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }
}

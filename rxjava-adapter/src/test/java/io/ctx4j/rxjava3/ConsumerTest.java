package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Scheduler;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.processors.UnicastProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.subjects.UnicastSubject;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RxJava's operators that ask for fusion, below a binding: what they make of it is what they make
 * of raw.
 */
class ConsumerTest {
  private static final Scheduler HERE = Schedulers.trampoline();

  private final CancelCtx ctx = Ctx.background().withCancel();

  private static Map<String, Flowable<Integer>> sources(int count) {
    Flowable<Integer> range = Flowable.range(1, count);
    UnicastProcessor<Integer> filled = UnicastProcessor.create();
    range.subscribe(filled);
    Map<String, Flowable<Integer>> sources = new LinkedHashMap<>();
    sources.put("range", range);
    sources.put("list", Flowable.fromIterable(range.toList().blockingGet()));
    sources.put("map", range.map(item -> item));
    sources.put("queue", filled);
    sources.put("observeOn", range.observeOn(HERE));
    sources.put("buffer", range.hide().onBackpressureBuffer());
    sources.put("hidden", range.hide());
    return sources;
  }

  private static Map<String, UnaryOperator<Flowable<Integer>>> consumers() {
    Map<String, UnaryOperator<Flowable<Integer>>> consumers = new LinkedHashMap<>();
    consumers.put("none", bound -> bound);
    consumers.put("map", bound -> bound.map(item -> item));
    consumers.put("filter", bound -> bound.filter(item -> true));
    consumers.put("observeOn", bound -> bound.observeOn(HERE));
    consumers.put("in flatMap", bound -> one().flatMap(item -> bound));
    consumers.put("observeOn in flatMap", bound -> one().flatMap(item -> bound.observeOn(HERE)));
    consumers.put("in switchMap", bound -> one().switchMap(item -> bound));
    consumers.put(
        "concatMap", bound -> bound.concatMap(item -> Flowable.just(item).hide()));
    consumers.put(
        "concatMapMaybe", bound -> bound.concatMapMaybe(item -> Maybe.just(item).hide()));
    consumers.put("in concatMap", bound -> one().concatMap(item -> bound));
    consumers.put("in concatMapEager", bound -> one().concatMapEager(item -> bound));
    consumers.put("flatMapIterable", bound -> bound.flatMapIterable(List::of));
    consumers.put("flatMapStream", bound -> bound.flatMapStream(Stream::of));
    consumers.put("zip", bound -> bound.zipWith(Flowable.range(1, 10_000), (item, other) -> item));
    consumers.put("publish", bound -> bound.publish().autoConnect());
    consumers.put("parallel", bound -> bound.parallel(1).sequential());
    consumers.put("doFinally", bound -> bound.doFinally(() -> {}));
    return consumers;
  }

  private static Flowable<Integer> one() {
    return Flowable.just(1).hide();
  }

  static List<Arguments> pairs() {
    List<Arguments> pairs = new ArrayList<>();
    for (String source : sources(0).keySet()) {
      for (String consumer : consumers().keySet()) {
        pairs.add(Arguments.of(source, consumer));
      }
    }
    return pairs;
  }

  private static Flowable<Integer> pipeline(
      String source, int count, CtxTransformer<Integer> binding, String consumer) {
    Flowable<Integer> bound = requireNonNull(sources(count).get(source)).compose(binding);
    return requireNonNull(consumers().get(consumer)).apply(bound);
  }

  private Flowable<Integer> pipeline(String source, int count, String consumer) {
    return pipeline(source, count, RxCtxOps.bind(ctx), consumer);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("X3 all items and the end, with exactly the demand, and with one at a time")
  void end_exactDemand_comesWithoutMore(String source, String consumer) {
    pipeline(source, 5, consumer).test(5).assertResult(1, 2, 3, 4, 5);

    TestSubscriber<Integer> slow = pipeline(source, 5, consumer).test(0);
    for (int i = 1; i <= 5; i++) {
      slow.assertValueCount(i - 1).request(1);
    }
    slow.assertResult(1, 2, 3, 4, 5);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("X3 R1 R4 cut in the middle: an error in the end, and none of it is undeliverable")
  void cancel_inTheMiddle_fails(String source, String consumer) {
    try (var undelivered = new Undelivered()) {
      TestSubscriber<Integer> subscriber = pipeline(source, 1_000, consumer).test(2);

      ctx.cancel();
      subscriber.request(1_000); // some of the consumers give first what they have fetched

      subscriber.assertError(CanceledException.class);
      assertThat(subscriber.values()).startsWith(1, 2).hasSizeBetween(2, 500);
      assertThat(undelivered.errors).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("X3 R3 after the end, and after leaving, the context holds nothing")
  void end_anyConsumer_leavesNothingRegistered(String source, String consumer) {
    CancelCtx parent = ctx.withCancel();
    String alone = parent.tree();
    CtxTransformer<Integer> within = RxCtxOps.withTimeout(parent, Duration.ofDays(1));

    TestSubscriber<Integer> ended = pipeline(source, 5, within, consumer).test(5);
    TestSubscriber<Integer> left = pipeline(source, 5, within, consumer).test(2);
    left.cancel();

    ended.assertComplete();
    assertThat(parent.tree()).isEqualTo(alone);
  }

  @Test
  @DisplayName("X3 an Observable below all that asks for fusion: all items and the end, or the cut")
  void observable_anyConsumer_asRaw() {
    List<UnaryOperator<Observable<Integer>>> consumers = List.of(
        bound -> bound.map(item -> item),
        bound -> bound.observeOn(HERE),
        bound -> Observable.just(1).hide().flatMap(item -> bound),
        bound -> Observable.just(1).hide().switchMap(item -> bound),
        bound -> bound.concatMap(item -> Observable.just(item).hide()),
        bound -> bound.concatMapDelayError(item -> Observable.just(item).hide()),
        bound -> Observable.just(1).hide().concatMapEager(item -> bound),
        bound -> bound.concatMapSingle(Single::just),
        bound -> bound.flatMapIterable(List::of));
    for (UnaryOperator<Observable<Integer>> consumer : consumers) {
      UnicastSubject<Integer> filled = UnicastSubject.create();
      for (int i = 1; i <= 5; i++) {
        filled.onNext(i);
      }
      filled.onComplete();
      for (Observable<Integer> source : List.of(
          Observable.range(1, 5),
          Observable.fromIterable(List.of(1, 2, 3, 4, 5)),
          filled,
          Observable.range(1, 5).observeOn(HERE),
          Observable.range(1, 5).hide())) {
        consumer.apply(source.compose(RxCtxOps.bind(ctx))).test().assertResult(1, 2, 3, 4, 5);
      }
      CancelCtx each = ctx.withCancel();
      consumer
          .apply(Observable.range(1, 5).<Integer>compose(RxCtxOps.bind(each)))
          .doOnNext(item -> {
            if (item == 2) {
              each.cancel();
            }
          })
          .test()
          .assertFailure(CanceledException.class, 1, 2);
    }
  }
}

package io.ctx4j.rxjava3;

import io.reactivex.rxjava3.core.BackpressureStrategy;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Scheduler;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * RxJava's operators, over integers: who puts one to use gives it its inner sources and numbers. A
 * table, and so long.
 */
final class Operators {
  private static final Scheduler HERE = Schedulers.trampoline();

  static final Map<String, BiFunction<Flowable<Integer>, Inner, Object>> FLOWABLE =
      new LinkedHashMap<>();
  static final Map<String, BiFunction<Observable<Integer>, Inner, Object>> OBSERVABLE =
      new LinkedHashMap<>();
  static final Map<String, BiFunction<Single<Integer>, Inner, Object>> SINGLE =
      new LinkedHashMap<>();
  static final Map<String, BiFunction<Maybe<Integer>, Inner, Object>> MAYBE = new LinkedHashMap<>();
  static final Map<String, BiFunction<Completable, Inner, Object>> COMPLETABLE =
      new LinkedHashMap<>();

  private Operators() {}

  /** What is built, with a random operator behind it; perhaps of another type then. */
  @SuppressWarnings("unchecked")
  static Object next(Object built, Pipeline pipeline) {
    if (built instanceof Flowable) {
      return apply(FLOWABLE, (Flowable<Integer>) built, pipeline);
    }
    if (built instanceof Observable) {
      return apply(OBSERVABLE, (Observable<Integer>) built, pipeline);
    }
    if (built instanceof Single) {
      return apply(SINGLE, (Single<Integer>) built, pipeline);
    }
    if (built instanceof Maybe) {
      return apply(MAYBE, (Maybe<Integer>) built, pipeline);
    }
    return apply(COMPLETABLE, (Completable) built, pipeline);
  }

  private static <S> Object apply(
      Map<String, BiFunction<S, Inner, Object>> operators, S stream, Pipeline pipeline) {
    List<String> names = List.copyOf(operators.keySet());
    String name = names.get(pipeline.number(names.size() - 1));
    BiFunction<S, Inner, Object> operator = operators.get(name);
    if (operator == null) {
      throw new AssertionError(name);
    }
    return operator.apply(pipeline.note(name, stream), pipeline);
  }

  /** The inner source is the same for each item, and made before. */
  private static <I> Object with(I inner, Function<? super I, ?> operator) {
    return operator.apply(inner);
  }

  private static int failAt(int at, int item) {
    if (item == at) {
      throw new Pipeline.Failure();
    }
    return item;
  }

  static {
    FLOWABLE.put("map", (s, p) -> s.map(i -> i + 1));
    FLOWABLE.put("mapFails", (s, p) -> with(p.number(4), at -> s.map(i -> failAt(at, i))));
    FLOWABLE.put("filter", (s, p) -> s.filter(i -> i % 2 == 0));
    FLOWABLE.put(
        "mapOptional",
        (s, p) -> s.mapOptional(i -> i % 3 == 0 ? Optional.empty() : Optional.of(i)));
    FLOWABLE.put("distinct", (s, p) -> s.distinct());
    FLOWABLE.put("distinctUntilChanged", (s, p) -> s.distinctUntilChanged());
    FLOWABLE.put("take", (s, p) -> s.take(p.number(4)));
    FLOWABLE.put("takeLast", (s, p) -> s.takeLast(p.number(3)));
    FLOWABLE.put("takeWhile", (s, p) -> s.takeWhile(i -> i < 4));
    FLOWABLE.put("takeUntil", (s, p) -> s.takeUntil(i -> i == 3));
    FLOWABLE.put("takeUntilOther", (s, p) -> s.takeUntil(p.flowable()));
    FLOWABLE.put("skip", (s, p) -> s.skip(p.number(2)));
    FLOWABLE.put("skipLast", (s, p) -> s.skipLast(p.number(2)));
    FLOWABLE.put("skipWhile", (s, p) -> s.skipWhile(i -> i < 2));
    FLOWABLE.put("skipUntilOther", (s, p) -> s.skipUntil(p.flowable()));
    FLOWABLE.put("scan", (s, p) -> s.scan(Integer::sum));
    FLOWABLE.put("reduce", (s, p) -> s.reduce(Integer::sum));
    FLOWABLE.put("toList", (s, p) -> s.toList().map(List::size));
    FLOWABLE.put(
        "collect",
        (s, p) -> s.collect(() -> new int[1], (sum, i) -> sum[0] += i).map(sum -> sum[0]));
    FLOWABLE.put("count", (s, p) -> s.count().map(Long::intValue));
    FLOWABLE.put("any", (s, p) -> s.any(i -> i == 2).map(found -> found ? 1 : 0));
    FLOWABLE.put("all", (s, p) -> s.all(i -> i < 3).map(found -> found ? 1 : 0));
    FLOWABLE.put("first", (s, p) -> s.first(9));
    FLOWABLE.put("firstElement", (s, p) -> s.firstElement());
    FLOWABLE.put("lastElement", (s, p) -> s.lastElement());
    FLOWABLE.put("elementAt", (s, p) -> s.elementAt(1));
    FLOWABLE.put("single", (s, p) -> s.singleElement());
    FLOWABLE.put("ignoreElements", (s, p) -> s.ignoreElements());
    FLOWABLE.put("observeOn", (s, p) -> s.observeOn(HERE, p.flip(), 1 + p.number(3)));
    FLOWABLE.put("subscribeOn", (s, p) -> s.subscribeOn(HERE));
    FLOWABLE.put("unsubscribeOn", (s, p) -> s.unsubscribeOn(HERE));
    FLOWABLE.put("rebatch", (s, p) -> s.rebatchRequests(1 + p.number(3)));
    FLOWABLE.put("bufferAll", (s, p) -> s.onBackpressureBuffer());
    FLOWABLE.put("drop", (s, p) -> s.onBackpressureDrop());
    FLOWABLE.put("latest", (s, p) -> s.onBackpressureLatest());
    FLOWABLE.put("buffer", (s, p) -> s.buffer(1 + p.number(2)).map(List::size));
    FLOWABLE.put("bufferSkip", (s, p) -> s.buffer(1, 2).map(List::size));
    FLOWABLE.put("window", (s, p) -> s.window(1 + p.number(2)).concatMap(part -> part));
    FLOWABLE.put("groupBy", (s, p) -> s.groupBy(i -> i % 2).flatMap(group -> group));
    FLOWABLE.put("hide", (s, p) -> s.hide());
    FLOWABLE.put("serialize", (s, p) -> s.serialize());
    FLOWABLE.put("detach", (s, p) -> s.onTerminateDetach());
    FLOWABLE.put("doFinally", (s, p) -> s.doFinally(() -> {}));
    FLOWABLE.put("doAfterNext", (s, p) -> s.doAfterNext(i -> {}));
    FLOWABLE.put("doOnNext", (s, p) -> s.doOnNext(i -> {}));
    FLOWABLE.put("materialize", (s, p) -> s.materialize().<Integer>dematerialize(note -> note));
    FLOWABLE.put("startWith", (s, p) -> s.startWithItem(0));
    FLOWABLE.put("concatWith", (s, p) -> s.concatWith(p.flowable()));
    FLOWABLE.put("mergeWith", (s, p) -> s.mergeWith(p.flowable()));
    FLOWABLE.put("mergeWithSingle", (s, p) -> s.mergeWith(p.single()));
    FLOWABLE.put("concatWithMaybe", (s, p) -> s.concatWith(p.maybe()));
    FLOWABLE.put("concatWithCompletable", (s, p) -> s.concatWith(p.completable()));
    FLOWABLE.put("ambWith", (s, p) -> s.ambWith(p.flowable()));
    FLOWABLE.put(
        "zipWith", (s, p) -> s.zipWith(p.flowable(), Integer::sum, p.flip(), 1 + p.number(3)));
    FLOWABLE.put("combineLatest", (s, p) -> Flowable.combineLatest(s, p.flowable(), Integer::sum));
    FLOWABLE.put("withLatestFrom", (s, p) -> s.withLatestFrom(p.flowable(), Integer::sum));
    FLOWABLE.put(
        "sequenceEqual",
        (s, p) ->
            Flowable.sequenceEqual(s, p.flowable(), 1 + p.number(3)).map(same -> same ? 1 : 0));
    FLOWABLE.put(
        "join",
        (s, p) -> with(
            p.flowable(),
            inner -> s.join(inner, i -> Flowable.never(), i -> Flowable.empty(), Integer::sum)));
    FLOWABLE.put(
        "flatMap",
        (s, p) -> with(
            p.flowable(),
            inner -> s.flatMap(i -> inner, p.flip(), 1 + p.number(3), 1 + p.number(3))));
    FLOWABLE.put("flatMapSingle", (s, p) -> with(p.single(), inner -> s.flatMapSingle(i -> inner)));
    FLOWABLE.put("flatMapMaybe", (s, p) -> with(p.maybe(), inner -> s.flatMapMaybe(i -> inner)));
    FLOWABLE.put(
        "flatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.flatMapCompletable(i -> inner)));
    FLOWABLE.put(
        "concatMap",
        (s, p) -> with(p.flowable(), inner -> s.concatMap(i -> inner, 1 + p.number(3))));
    FLOWABLE.put(
        "concatMapDelayError",
        (s, p) -> with(p.flowable(), inner -> s.concatMapDelayError(i -> inner)));
    FLOWABLE.put(
        "concatMapEager",
        (s, p) -> with(p.flowable(), inner -> s.concatMapEager(i -> inner, 2, 1 + p.number(3))));
    FLOWABLE.put(
        "concatMapSingle", (s, p) -> with(p.single(), inner -> s.concatMapSingle(i -> inner)));
    FLOWABLE.put(
        "concatMapMaybe", (s, p) -> with(p.maybe(), inner -> s.concatMapMaybe(i -> inner)));
    FLOWABLE.put(
        "concatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.concatMapCompletable(i -> inner)));
    FLOWABLE.put("switchMap", (s, p) -> with(p.flowable(), inner -> s.switchMap(i -> inner)));
    FLOWABLE.put(
        "switchMapSingle", (s, p) -> with(p.single(), inner -> s.switchMapSingle(i -> inner)));
    FLOWABLE.put(
        "flatMapIterable", (s, p) -> s.flatMapIterable(i -> List.of(i, i), 1 + p.number(3)));
    FLOWABLE.put("concatMapStream", (s, p) -> s.concatMapStream(i -> Stream.of(i, i)));
    FLOWABLE.put(
        "publish",
        (s, p) -> with(p.flowable(), inner -> s.publish(shared -> shared.mergeWith(inner))));
    FLOWABLE.put(
        "publishSelf",
        (s, p) -> s.publish(
            shared -> Flowable.zip(shared, shared.skip(1), Integer::sum), 1 + p.number(3)));
    FLOWABLE.put("publishRefCount", (s, p) -> s.publish(1 + p.number(3)).refCount());
    FLOWABLE.put("replayRefCount", (s, p) -> s.replay().refCount());
    FLOWABLE.put("replaySelector", (s, p) -> s.replay(shared -> shared.mergeWith(shared)));
    FLOWABLE.put("cache", (s, p) -> s.cache());
    FLOWABLE.put(
        "parallel",
        (s, p) -> s.parallel(1 + p.number(1), 1 + p.number(3)).map(i -> i).sequential());
    FLOWABLE.put("switchIfEmpty", (s, p) -> s.switchIfEmpty(p.flowable()));
    FLOWABLE.put("defaultIfEmpty", (s, p) -> s.defaultIfEmpty(8));
    FLOWABLE.put("onErrorReturn", (s, p) -> s.onErrorReturnItem(8));
    FLOWABLE.put(
        "onErrorResume",
        (s, p) -> with(p.flowable(), inner -> s.onErrorResumeNext(error -> inner)));
    FLOWABLE.put("onErrorComplete", (s, p) -> s.onErrorComplete());
    FLOWABLE.put("retry", (s, p) -> s.retry(1));
    FLOWABLE.put("retryWhen", (s, p) -> s.retryWhen(errors -> errors.take(2)));
    FLOWABLE.put("repeat", (s, p) -> s.repeat(2));
    FLOWABLE.put("repeatWhen", (s, p) -> s.repeatWhen(ends -> ends.take(2)));
    FLOWABLE.put("timeoutOther", (s, p) -> s.timeout(i -> Flowable.never()));
    FLOWABLE.put("delaySubscription", (s, p) -> s.delaySubscription(p.flowable()));
    FLOWABLE.put("delayEach", (s, p) -> s.delay(i -> Flowable.empty()));
    FLOWABLE.put("sample", (s, p) -> s.sample(p.flowable(), true));
    FLOWABLE.put("debounce", (s, p) -> s.debounce(i -> Flowable.empty()));
    FLOWABLE.put("toObservable", (s, p) -> s.toObservable());
  }

  static {
    OBSERVABLE.put("map", (s, p) -> s.map(i -> i + 1));
    OBSERVABLE.put("mapFails", (s, p) -> with(p.number(4), at -> s.map(i -> failAt(at, i))));
    OBSERVABLE.put("filter", (s, p) -> s.filter(i -> i % 2 == 0));
    OBSERVABLE.put(
        "mapOptional",
        (s, p) -> s.mapOptional(i -> i % 3 == 0 ? Optional.empty() : Optional.of(i)));
    OBSERVABLE.put("distinct", (s, p) -> s.distinct());
    OBSERVABLE.put("distinctUntilChanged", (s, p) -> s.distinctUntilChanged());
    OBSERVABLE.put("take", (s, p) -> s.take(p.number(4)));
    OBSERVABLE.put("takeLast", (s, p) -> s.takeLast(p.number(3)));
    OBSERVABLE.put("takeUntilOther", (s, p) -> s.takeUntil(p.observable()));
    OBSERVABLE.put("skip", (s, p) -> s.skip(p.number(2)));
    OBSERVABLE.put("skipLast", (s, p) -> s.skipLast(p.number(2)));
    OBSERVABLE.put("scan", (s, p) -> s.scan(Integer::sum));
    OBSERVABLE.put("reduce", (s, p) -> s.reduce(Integer::sum));
    OBSERVABLE.put("toList", (s, p) -> s.toList().map(List::size));
    OBSERVABLE.put("any", (s, p) -> s.any(i -> i == 2).map(found -> found ? 1 : 0));
    OBSERVABLE.put("first", (s, p) -> s.first(9));
    OBSERVABLE.put("lastElement", (s, p) -> s.lastElement());
    OBSERVABLE.put("ignoreElements", (s, p) -> s.ignoreElements());
    OBSERVABLE.put("observeOn", (s, p) -> s.observeOn(HERE, p.flip(), 1 + p.number(3)));
    OBSERVABLE.put("unsubscribeOn", (s, p) -> s.unsubscribeOn(HERE));
    OBSERVABLE.put("buffer", (s, p) -> s.buffer(1 + p.number(2)).map(List::size));
    OBSERVABLE.put("window", (s, p) -> s.window(1 + p.number(2)).concatMap(part -> part));
    OBSERVABLE.put("groupBy", (s, p) -> s.groupBy(i -> i % 2).flatMap(group -> group));
    OBSERVABLE.put("hide", (s, p) -> s.hide());
    OBSERVABLE.put("doFinally", (s, p) -> s.doFinally(() -> {}));
    OBSERVABLE.put("doAfterNext", (s, p) -> s.doAfterNext(i -> {}));
    OBSERVABLE.put("doOnNext", (s, p) -> s.doOnNext(i -> {}));
    OBSERVABLE.put("startWith", (s, p) -> s.startWithItem(0));
    OBSERVABLE.put("concatWith", (s, p) -> s.concatWith(p.observable()));
    OBSERVABLE.put("mergeWith", (s, p) -> s.mergeWith(p.observable()));
    OBSERVABLE.put("ambWith", (s, p) -> s.ambWith(p.observable()));
    OBSERVABLE.put(
        "zipWith", (s, p) -> s.zipWith(p.observable(), Integer::sum, p.flip(), 1 + p.number(3)));
    OBSERVABLE.put(
        "combineLatest", (s, p) -> Observable.combineLatest(s, p.observable(), Integer::sum));
    OBSERVABLE.put("withLatestFrom", (s, p) -> s.withLatestFrom(p.observable(), Integer::sum));
    OBSERVABLE.put(
        "sequenceEqual",
        (s, p) -> Observable.sequenceEqual(s, p.observable()).map(same -> same ? 1 : 0));
    OBSERVABLE.put(
        "flatMap",
        (s, p) -> with(
            p.observable(),
            inner -> s.flatMap(i -> inner, p.flip(), 1 + p.number(3), 1 + p.number(3))));
    OBSERVABLE.put(
        "flatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.flatMapCompletable(i -> inner)));
    OBSERVABLE.put(
        "concatMap",
        (s, p) -> with(p.observable(), inner -> s.concatMap(i -> inner, 1 + p.number(3))));
    OBSERVABLE.put(
        "concatMapDelayError",
        (s, p) -> with(p.observable(), inner -> s.concatMapDelayError(i -> inner, p.flip(), 2)));
    OBSERVABLE.put(
        "concatMapScheduler",
        (s, p) -> with(p.observable(), inner -> s.concatMap(i -> inner, 2, HERE)));
    OBSERVABLE.put(
        "concatMapEager",
        (s, p) -> with(p.observable(), inner -> s.concatMapEager(i -> inner, 2, 1 + p.number(3))));
    OBSERVABLE.put(
        "concatMapSingle", (s, p) -> with(p.single(), inner -> s.concatMapSingle(i -> inner)));
    OBSERVABLE.put(
        "concatMapMaybe", (s, p) -> with(p.maybe(), inner -> s.concatMapMaybe(i -> inner)));
    OBSERVABLE.put(
        "concatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.concatMapCompletable(i -> inner)));
    OBSERVABLE.put("switchMap", (s, p) -> with(p.observable(), inner -> s.switchMap(i -> inner)));
    OBSERVABLE.put("flatMapIterable", (s, p) -> s.flatMapIterable(i -> List.of(i, i)));
    OBSERVABLE.put(
        "publish",
        (s, p) -> with(p.observable(), inner -> s.publish(shared -> shared.mergeWith(inner))));
    OBSERVABLE.put("publishRefCount", (s, p) -> s.publish().refCount());
    OBSERVABLE.put("replayRefCount", (s, p) -> s.replay().refCount());
    OBSERVABLE.put("cache", (s, p) -> s.cache());
    OBSERVABLE.put("switchIfEmpty", (s, p) -> s.switchIfEmpty(p.observable()));
    OBSERVABLE.put(
        "onErrorResume",
        (s, p) -> with(p.observable(), inner -> s.onErrorResumeNext(error -> inner)));
    OBSERVABLE.put("onErrorComplete", (s, p) -> s.onErrorComplete());
    OBSERVABLE.put("retry", (s, p) -> s.retry(1));
    OBSERVABLE.put("repeat", (s, p) -> s.repeat(2));
    OBSERVABLE.put("delaySubscription", (s, p) -> s.delaySubscription(p.observable()));
    OBSERVABLE.put("sample", (s, p) -> s.sample(p.observable(), true));
    OBSERVABLE.put("toFlowable", (s, p) -> s.toFlowable(BackpressureStrategy.BUFFER));
    OBSERVABLE.put("toFlowableLatest", (s, p) -> s.toFlowable(BackpressureStrategy.LATEST));
  }

  static {
    SINGLE.put("map", (s, p) -> s.map(i -> i + 1));
    SINGLE.put("mapFails", (s, p) -> s.map(i -> failAt(4, i)));
    SINGLE.put("filter", (s, p) -> s.filter(i -> i % 2 == 0));
    SINGLE.put("flatMap", (s, p) -> with(p.single(), inner -> s.flatMap(i -> inner)));
    SINGLE.put("flatMapMaybe", (s, p) -> with(p.maybe(), inner -> s.flatMapMaybe(i -> inner)));
    SINGLE.put(
        "flatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.flatMapCompletable(i -> inner)));
    SINGLE.put(
        "flatMapPublisher", (s, p) -> with(p.flowable(), inner -> s.flatMapPublisher(i -> inner)));
    SINGLE.put(
        "flatMapObservable",
        (s, p) -> with(p.observable(), inner -> s.flatMapObservable(i -> inner)));
    SINGLE.put("zipWith", (s, p) -> s.zipWith(p.single(), Integer::sum));
    SINGLE.put("ambWith", (s, p) -> s.ambWith(p.single()));
    SINGLE.put("mergeWith", (s, p) -> s.mergeWith(p.single()));
    SINGLE.put("concatWith", (s, p) -> s.concatWith(p.single()));
    SINGLE.put("takeUntil", (s, p) -> s.takeUntil(p.completable()));
    SINGLE.put("delaySubscription", (s, p) -> s.delaySubscription(p.flowable()));
    SINGLE.put("onErrorReturn", (s, p) -> s.onErrorReturnItem(8));
    SINGLE.put(
        "onErrorResume", (s, p) -> with(p.single(), inner -> s.onErrorResumeNext(error -> inner)));
    SINGLE.put("onErrorComplete", (s, p) -> s.onErrorComplete());
    SINGLE.put("retry", (s, p) -> s.retry(1));
    SINGLE.put("repeat", (s, p) -> s.repeat(2));
    SINGLE.put("cache", (s, p) -> s.cache());
    SINGLE.put("observeOn", (s, p) -> s.observeOn(HERE));
    SINGLE.put("subscribeOn", (s, p) -> s.subscribeOn(HERE));
    SINGLE.put("unsubscribeOn", (s, p) -> s.unsubscribeOn(HERE));
    SINGLE.put("hide", (s, p) -> s.hide());
    SINGLE.put("doFinally", (s, p) -> s.doFinally(() -> {}));
    SINGLE.put("doAfterSuccess", (s, p) -> s.doAfterSuccess(i -> {}));
    SINGLE.put("toFlowable", (s, p) -> s.toFlowable());
    SINGLE.put("toObservable", (s, p) -> s.toObservable());
    SINGLE.put("toMaybe", (s, p) -> s.toMaybe());
    SINGLE.put("ignoreElement", (s, p) -> s.ignoreElement());
    SINGLE.put("flattenAsFlowable", (s, p) -> s.flattenAsFlowable(i -> List.of(i, i)));
    SINGLE.put("concatEager", (s, p) -> Single.concatEager(List.of(s, p.single())));
    SINGLE.put("merge", (s, p) -> Single.merge(Flowable.just(s, p.single())));
  }

  static {
    MAYBE.put("map", (s, p) -> s.map(i -> i + 1));
    MAYBE.put("mapFails", (s, p) -> s.map(i -> failAt(5, i)));
    MAYBE.put("filter", (s, p) -> s.filter(i -> i % 2 == 0));
    MAYBE.put("flatMap", (s, p) -> with(p.maybe(), inner -> s.flatMap(i -> inner)));
    MAYBE.put("flatMapSingle", (s, p) -> with(p.single(), inner -> s.flatMapSingle(i -> inner)));
    MAYBE.put(
        "flatMapCompletable",
        (s, p) -> with(p.completable(), inner -> s.flatMapCompletable(i -> inner)));
    MAYBE.put(
        "flatMapPublisher", (s, p) -> with(p.flowable(), inner -> s.flatMapPublisher(i -> inner)));
    MAYBE.put("zipWith", (s, p) -> s.zipWith(p.maybe(), Integer::sum));
    MAYBE.put("ambWith", (s, p) -> s.ambWith(p.maybe()));
    // hidden: canceled on another thread while it is drained, its queue is polled by both, and one
    // spins for ever
    MAYBE.put("mergeWith", (s, p) -> s.mergeWith(p.maybe()).hide());
    MAYBE.put("concatWith", (s, p) -> s.concatWith(p.maybe()));
    MAYBE.put("concatEager", (s, p) -> Maybe.concatEager(List.of(s, p.maybe())));
    MAYBE.put("takeUntil", (s, p) -> s.takeUntil(p.maybe()));
    MAYBE.put("switchIfEmpty", (s, p) -> s.switchIfEmpty(p.maybe()));
    MAYBE.put("switchIfEmptySingle", (s, p) -> s.switchIfEmpty(p.single()));
    MAYBE.put("defaultIfEmpty", (s, p) -> s.defaultIfEmpty(8));
    MAYBE.put(
        "onErrorResume", (s, p) -> with(p.maybe(), inner -> s.onErrorResumeNext(error -> inner)));
    MAYBE.put("onErrorComplete", (s, p) -> s.onErrorComplete());
    MAYBE.put("retry", (s, p) -> s.retry(1));
    MAYBE.put("repeat", (s, p) -> s.repeat(2));
    MAYBE.put("cache", (s, p) -> s.cache());
    MAYBE.put("observeOn", (s, p) -> s.observeOn(HERE));
    MAYBE.put("unsubscribeOn", (s, p) -> s.unsubscribeOn(HERE));
    MAYBE.put("hide", (s, p) -> s.hide());
    MAYBE.put("doFinally", (s, p) -> s.doFinally(() -> {}));
    MAYBE.put("isEmpty", (s, p) -> s.isEmpty().map(empty -> empty ? 1 : 0));
    MAYBE.put("toFlowable", (s, p) -> s.toFlowable());
    MAYBE.put("toObservable", (s, p) -> s.toObservable());
    MAYBE.put("ignoreElement", (s, p) -> s.ignoreElement());
  }

  static {
    COMPLETABLE.put("andThenSingle", (s, p) -> s.andThen(p.single()));
    COMPLETABLE.put("andThenMaybe", (s, p) -> s.andThen(p.maybe()));
    COMPLETABLE.put("andThenFlowable", (s, p) -> s.andThen(p.flowable()));
    COMPLETABLE.put("andThenObservable", (s, p) -> s.andThen(p.observable()));
    COMPLETABLE.put("andThen", (s, p) -> s.andThen(p.completable()));
    COMPLETABLE.put("mergeWith", (s, p) -> s.mergeWith(p.completable()));
    COMPLETABLE.put("ambWith", (s, p) -> s.ambWith(p.completable()));
    COMPLETABLE.put("startWith", (s, p) -> s.startWith(p.flowable()));
    COMPLETABLE.put("concat", (s, p) -> Completable.concat(Flowable.just(s, p.completable())));
    COMPLETABLE.put("merge", (s, p) -> Completable.merge(Flowable.just(s, p.completable())));
    COMPLETABLE.put(
        "mergeDelayError",
        (s, p) -> Completable.mergeDelayError(Flowable.just(s, p.completable())));
    COMPLETABLE.put("takeUntil", (s, p) -> s.takeUntil(p.completable()));
    COMPLETABLE.put(
        "onErrorResume",
        (s, p) -> with(p.completable(), inner -> s.onErrorResumeNext(error -> inner)));
    COMPLETABLE.put("onErrorComplete", (s, p) -> s.onErrorComplete());
    COMPLETABLE.put("retry", (s, p) -> s.retry(1));
    COMPLETABLE.put("repeat", (s, p) -> s.repeat(2));
    COMPLETABLE.put("cache", (s, p) -> s.cache());
    COMPLETABLE.put("observeOn", (s, p) -> s.observeOn(HERE));
    COMPLETABLE.put("hide", (s, p) -> s.hide());
    COMPLETABLE.put("doFinally", (s, p) -> s.doFinally(() -> {}));
    COMPLETABLE.put("toSingle", (s, p) -> s.toSingleDefault(7));
    COMPLETABLE.put("toFlowable", (s, p) -> s.<Integer>toFlowable());
    COMPLETABLE.put("toMaybe", (s, p) -> s.<Integer>toMaybe());
  }
}

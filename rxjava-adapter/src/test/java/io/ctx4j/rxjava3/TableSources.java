package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.processors.UnicastProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.subjects.UnicastSubject;
import java.util.List;

/**
 * Two sources of one kind, and what is put behind each.
 *
 * @param first the length of the upstream
 * @param second the length of the inner sources
 * @param choice whether an operator gets the most that it can be given, or the least
 */
record TableSources(String kind, int first, int second, boolean choice, Inserted inserted, Ctx ctx)
    implements Inner {
  static final List<String> KINDS =
      List.of("range", "list", "queue", "observeOn", "failing", "hidden");

  TableSources with(Inserted other) {
    return new TableSources(kind, first, second, choice, other, ctx);
  }

  Flowable<Integer> upstream() {
    return inserted.on(flowable(first), ctx, new Ledger());
  }

  Observable<Integer> upstreamObservable() {
    return inserted.on(observable(first), ctx, new Ledger());
  }

  @Override
  public int number(int most) {
    return choice ? most : 0;
  }

  @Override
  public boolean flip() {
    return choice;
  }

  @Override
  public Flowable<Integer> flowable() {
    return inserted.on(flowable(second), ctx, new Ledger());
  }

  @Override
  public Observable<Integer> observable() {
    return inserted.on(observable(second), ctx, new Ledger());
  }

  @Override
  public Single<Integer> single() {
    return inserted.on(flowable(second).firstOrError(), ctx, new Ledger());
  }

  @Override
  public Maybe<Integer> maybe() {
    return inserted.on(flowable(second).lastElement(), ctx, new Ledger());
  }

  @Override
  public Completable completable() {
    return inserted.on(flowable(second).ignoreElements(), ctx, new Ledger());
  }

  private Flowable<Integer> flowable(int length) {
    Flowable<Integer> range = Flowable.range(1, length);
    return switch (kind) {
      case "range" -> range;
      case "list" -> Flowable.fromIterable(range.toList().blockingGet());
      case "queue" ->
        Flowable.defer(() -> {
          UnicastProcessor<Integer> filled = UnicastProcessor.create();
          range.subscribe(filled);
          return filled;
        });
      case "observeOn" -> range.observeOn(Schedulers.trampoline());
      case "failing" -> range.concatWith(Flowable.error(new Pipeline.Failure()));
      default -> range.hide();
    };
  }

  private Observable<Integer> observable(int length) {
    Observable<Integer> range = Observable.range(1, length);
    return switch (kind) {
      case "range" -> range;
      case "list" -> Observable.fromIterable(range.toList().blockingGet());
      case "queue" ->
        Observable.defer(() -> {
          UnicastSubject<Integer> filled = UnicastSubject.create();
          range.subscribe(filled);
          return filled;
        });
      case "observeOn" -> range.observeOn(Schedulers.trampoline());
      case "failing" -> range.concatWith(Observable.error(new Pipeline.Failure()));
      default -> range.hide();
    };
  }
}

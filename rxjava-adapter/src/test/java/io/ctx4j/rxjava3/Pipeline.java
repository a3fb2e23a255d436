package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.operators.ScalarSupplier;
import io.reactivex.rxjava3.processors.UnicastProcessor;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.reactivex.rxjava3.subjects.UnicastSubject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A random pipeline of all five types: one seed gives the same one each time, whatever is
 * {@link Inserted}.
 *
 * <p>Its sources are RxJava's own, which can be fused, or hidden ones that note in a {@link Ledger}
 * what happens to them. Everything runs on the thread that subscribes and requests.
 */
final class Pipeline implements Inner {
  private static final int MAX_OPERATORS = 20;

  /** Of its sources. */
  final Ledger ledger = new Ledger();

  /** Of what is inserted. */
  final Ledger open = new Ledger();

  private final Random shape;
  private final Random places;
  private final Inserted inserted;
  private final Ctx ctx;
  private final Where where;
  private boolean scalar;
  private final List<String> names = new ArrayList<>();
  private final Object stream;

  /** Where something is inserted. */
  enum Where {
    /** Behind sources and operators at random, those of inner uses too. */
    ANYWHERE,
    /** At the end, and elsewhere at random. */
    ALSO_LAST,
    ONLY_LAST
  }

  Pipeline(long seed, Inserted inserted, Ctx ctx, Where where) {
    this.shape = new Random(seed);
    this.places = new Random(~seed);
    this.inserted = inserted;
    this.ctx = ctx;
    this.where = where;
    this.stream = build();
  }

  private Object build() {
    Object built = source();
    for (int left = shape.nextInt(MAX_OPERATORS + 1); left > 0; left--) {
      built = Operators.next(isPlace(3) ? insert(built) : built, this);
    }
    scalar = built instanceof ScalarSupplier;
    return where != Where.ANYWHERE || isPlace(3) ? insert(built) : built;
  }

  /** One of so many is. */
  private boolean isPlace(int of) {
    return places.nextInt(of) == 0 && where != Where.ONLY_LAST;
  }

  /** Whether it has its one value ready: then a context that ends later has nothing to end. */
  boolean isScalar() {
    return scalar;
  }

  void subscribe(Probe probe) {
    if (stream instanceof Flowable<?> flowable) {
      integers(flowable).subscribe(probe);
    } else if (stream instanceof Observable<?> observable) {
      observable.cast(Integer.class).subscribe(probe);
    } else if (stream instanceof Single<?> single) {
      single.cast(Integer.class).subscribe(probe);
    } else if (stream instanceof Maybe<?> maybe) {
      maybe.cast(Integer.class).subscribe(probe);
    } else {
      ((Completable) stream).subscribe(probe);
    }
  }

  @SuppressWarnings("unchecked")
  private static Flowable<Integer> integers(Flowable<?> flowable) {
    return (Flowable<Integer>) flowable;
  }

  private Object insert(Object built) {
    names.add("*");
    if (built instanceof Flowable<?> flowable) {
      return inserted.on(flowable, ctx, open);
    }
    if (built instanceof Observable<?> observable) {
      return inserted.on(observable, ctx, open);
    }
    if (built instanceof Single<?> single) {
      return inserted.on(single, ctx, open);
    }
    if (built instanceof Maybe<?> maybe) {
      return inserted.on(maybe, ctx, open);
    }
    return inserted.on((Completable) built, ctx, open);
  }

  @Override
  public int number(int most) {
    return shape.nextInt(most + 1);
  }

  @Override
  public boolean flip() {
    return shape.nextBoolean();
  }

  <T> T note(String name, T value) {
    names.add(name);
    return value;
  }

  private Object source() {
    return switch (number(7)) {
      case 0, 1, 2 -> flowable();
      case 3, 4 -> observable();
      case 5 -> single();
      case 6 -> maybe();
      default -> completable();
    };
  }

  /** A source, in an operator's use as well: something may be inserted behind it. */
  @Override
  public Flowable<Integer> flowable() {
    int length = number(5);
    Flowable<Integer> range = Flowable.range(1, length);
    Flowable<Integer> source = switch (number(10)) {
      case 0 -> note("range" + length, range);
      case 1 -> note("list" + length, Flowable.fromIterable(range.toList().blockingGet()));
      case 2 ->
        note("queue" + length, Flowable.defer(() -> {
          UnicastProcessor<Integer> filled = UnicastProcessor.create();
          range.subscribe(filled);
          return filled;
        }));
      case 3 -> note("observeOn" + length, range.observeOn(Schedulers.trampoline()));
      case 4 -> note("failing" + length, range.concatWith(Flowable.error(new Failure())));
      case 5 -> note("just", Flowable.just(7));
      case 6 ->
        note(
            "noted-failing" + length,
            ledger.noted(range.concatWith(Flowable.error(new Failure()))));
      case 7 -> note("noted-never" + length, ledger.noted(range.concatWith(Flowable.never())));
      default -> note("noted" + length, ledger.noted(range));
    };
    return isPlace(2) ? note("*", inserted.on(source, ctx, open)) : source;
  }

  @Override
  public Observable<Integer> observable() {
    int length = number(5);
    Observable<Integer> range = Observable.range(1, length);
    Observable<Integer> source = switch (number(8)) {
      case 0 -> note("Range" + length, range);
      case 1 -> note("List" + length, Observable.fromIterable(range.toList().blockingGet()));
      case 2 ->
        note("Queue" + length, Observable.defer(() -> {
          UnicastSubject<Integer> filled = UnicastSubject.create();
          range.subscribe(filled);
          return filled;
        }));
      case 3 -> note("ObserveOn" + length, range.observeOn(Schedulers.trampoline()));
      case 4 -> note("Failing" + length, range.concatWith(Observable.error(new Failure())));
      case 5 -> note("Noted-never" + length, ledger.noted(range.concatWith(Observable.never())));
      default -> note("Noted" + length, ledger.noted(range));
    };
    return isPlace(2) ? note("*", inserted.on(source, ctx, open)) : source;
  }

  @Override
  public Single<Integer> single() {
    Single<Integer> source = switch (number(4)) {
      case 0 -> note("single", Single.just(3));
      case 1 -> note("single-fails", Single.<Integer>error(new Failure()));
      case 2 -> note("single-never", ledger.noted(Single.<Integer>never()));
      default -> note("single-noted", ledger.noted(Single.just(4)));
    };
    return isPlace(2) ? note("*", inserted.on(source, ctx, open)) : source;
  }

  @Override
  public Maybe<Integer> maybe() {
    Maybe<Integer> source = switch (number(5)) {
      case 0 -> note("maybe", Maybe.just(5));
      case 1 -> note("maybe-fails", Maybe.<Integer>error(new Failure()));
      case 2 -> note("maybe-never", ledger.noted(Maybe.<Integer>never()));
      case 3 -> note("maybe-empty", ledger.noted(Maybe.<Integer>empty()));
      default -> note("maybe-noted", ledger.noted(Maybe.just(6)));
    };
    return isPlace(2) ? note("*", inserted.on(source, ctx, open)) : source;
  }

  @Override
  public Completable completable() {
    Completable source = switch (number(3)) {
      case 0 -> note("completable", Completable.complete());
      case 1 -> note("completable-fails", Completable.error(new Failure()));
      case 2 -> note("completable-never", ledger.noted(Completable.never()));
      default -> note("completable-noted", ledger.noted(Completable.complete()));
    };
    return isPlace(2) ? note("*", inserted.on(source, ctx, open)) : source;
  }

  /** Its sources and operators; a star where something was inserted. */
  @Override
  public String toString() {
    return String.join(" ", names);
  }

  /** What sources and operators of a pipeline fail with. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure() {
      super("failed", null, false, false);
    }
  }
}

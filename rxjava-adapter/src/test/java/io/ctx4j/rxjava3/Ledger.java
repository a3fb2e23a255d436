package io.ctx4j.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** What sources saw: for each subscription the demand, its end, or that it was canceled. */
final class Ledger {
  private final List<Entry> entries = new CopyOnWriteArrayList<>();
  private final AtomicInteger sources = new AtomicInteger();

  /** Runs inside of whatever is noted. */
  volatile Runnable inEvent = () -> {};

  /**
   * One subscription to one source. What comes after its own end is not noted: nobody has to see
   * it.
   */
  final class Entry {
    private final int source;
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final AtomicInteger canceled = new AtomicInteger();
    private volatile boolean over;

    private Entry(int source) {
      this.source = source;
    }

    private void end(String how) {
      over = true;
      seen.add(how);
      inEvent.run();
    }

    private void request(long n) {
      if (!over && canceled.get() == 0) {
        seen.add("request " + n);
        inEvent.run();
      }
    }

    private void cancel() {
      if (!over && canceled.incrementAndGet() == 1) {
        seen.add("cancel");
        inEvent.run();
      }
    }

    boolean isOver() {
      return over;
    }

    int canceled() {
      return canceled.get();
    }

    @Override
    public String toString() {
      return source + " " + seen;
    }
  }

  /** How many subscriptions have not ended and are not canceled. */
  long open() {
    return entries.stream()
        .filter(entry -> !entry.isOver() && entry.canceled() == 0)
        .count();
  }

  List<Entry> entries() {
    return entries;
  }

  /** By source and subscription; what happens to one before another is not compared. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    entries.forEach(entry -> lines.add(entry.toString()));
    lines.sort(null);
    return lines;
  }

  private Entry open(int source) {
    var entry = new Entry(source);
    entries.add(entry);
    inEvent.run();
    return entry;
  }

  <T> Flowable<T> noted(Flowable<T> stream) {
    int source = sources.getAndIncrement();
    return Flowable.defer(() -> {
      Entry entry = open(source);
      return stream
          .doOnComplete(() -> entry.end("complete"))
          .doOnError(error -> entry.end("error"))
          .doOnRequest(entry::request)
          .doOnCancel(entry::cancel);
    });
  }

  <T> Observable<T> noted(Observable<T> stream) {
    int source = sources.getAndIncrement();
    return Observable.defer(() -> {
      Entry entry = open(source);
      return stream
          .doOnComplete(() -> entry.end("complete"))
          .doOnError(error -> entry.end("error"))
          .doOnDispose(entry::cancel);
    });
  }

  <T> Single<T> noted(Single<T> stream) {
    int source = sources.getAndIncrement();
    return Single.defer(() -> {
      Entry entry = open(source);
      return stream
          .doOnSuccess(item -> entry.end("success"))
          .doOnError(error -> entry.end("error"))
          .doOnDispose(entry::cancel);
    });
  }

  <T> Maybe<T> noted(Maybe<T> stream) {
    int source = sources.getAndIncrement();
    return Maybe.defer(() -> {
      Entry entry = open(source);
      return stream
          .doOnSuccess(item -> entry.end("success"))
          .doOnComplete(() -> entry.end("complete"))
          .doOnError(error -> entry.end("error"))
          .doOnDispose(entry::cancel);
    });
  }

  Completable noted(Completable stream) {
    int source = sources.getAndIncrement();
    return Completable.defer(() -> {
      Entry entry = open(source);
      return stream
          .doOnComplete(() -> entry.end("complete"))
          .doOnError(error -> entry.end("error"))
          .doOnDispose(entry::cancel);
    });
  }
}

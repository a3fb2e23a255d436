package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A publisher in the test's hands: it sends what it is told to, also where the rules forbid it. */
final class Feed<T> implements Publisher<T>, Subscription {
  final AtomicInteger subscribed = new AtomicInteger();
  final AtomicInteger canceled = new AtomicInteger();
  final List<Long> requests = new CopyOnWriteArrayList<>();

  /** Runs inside {@code subscribe}, before onSubscribe. */
  volatile Runnable inSubscribe = () -> {};

  volatile Runnable inCancel = () -> {};
  volatile Runnable inRequest = () -> {};

  /** Whether {@code subscribe} leaves {@code onSubscribe} to {@link #arrive()}. */
  volatile boolean late;

  private volatile @Nullable Subscriber<? super T> downstream;

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    subscribed.incrementAndGet();
    downstream = subscriber;
    inSubscribe.run();
    if (!late) {
      arrive();
    }
  }

  void arrive() {
    downstream().onSubscribe(this);
  }

  Subscriber<? super T> downstream() {
    return requireNonNull(downstream);
  }

  void emit(T item) {
    downstream().onNext(item);
  }

  void fail(Throwable error) {
    downstream().onError(error);
  }

  void complete() {
    downstream().onComplete();
  }

  void forget() {
    downstream = null;
  }

  @Override
  public void request(long n) {
    requests.add(n);
    inRequest.run();
  }

  @Override
  public void cancel() {
    canceled.incrementAndGet();
    inCancel.run();
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A subscriber that records its signals, and whether two come at once or one after the end. */
final class Received<T> implements Subscriber<T> {
  final CountDownLatch ended = new CountDownLatch(1);
  volatile Runnable inSubscribe = () -> {};
  volatile Runnable inNext = () -> {};
  private final List<Object> signals = new CopyOnWriteArrayList<>();
  private final List<String> breaches = new CopyOnWriteArrayList<>();
  private final AtomicInteger inside = new AtomicInteger();
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Throwable error;

  static <T> Received<T> from(Publisher<T> source) {
    var received = new Received<T>();
    source.subscribe(received);
    return received;
  }

  @Override
  public void onSubscribe(Subscription s) {
    if (subscription != null) {
      breaches.add("second onSubscribe");
    }
    subscription = s;
    inSubscribe.run();
  }

  @Override
  public void onNext(T item) {
    signal(item);
  }

  @Override
  public void onError(Throwable thrown) {
    error = thrown;
    signal(thrown instanceof CtxException ? "cut" : "error " + thrown.getMessage());
    ended.countDown();
  }

  @Override
  public void onComplete() {
    signal("complete");
    ended.countDown();
  }

  private void signal(Object signal) {
    if (subscription == null || ended.getCount() == 0) {
      breaches.add(signal + " before the beginning, or after the end");
    }
    if (inside.getAndIncrement() != 0) {
      breaches.add(signal + " beside another signal");
    }
    signals.add(signal);
    inNext.run();
    inside.decrementAndGet();
  }

  Subscription subscription() {
    return requireNonNull(subscription);
  }

  Throwable error() {
    return requireNonNull(error);
  }

  void assertSignals(Object... expected) {
    assertThat(signals).containsExactly(expected);
    assertThat(breaches).isEmpty();
  }

  void assertOneEnd() {
    assertThat(breaches).isEmpty();
    assertThat(ended.getCount()).isZero();
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** A source in the test's hands: it sends what it is told to, also where the rules forbid it. */
final class Source<T> extends Flux<T> implements Subscription {
  final AtomicInteger subscribed = new AtomicInteger();
  final AtomicInteger canceled = new AtomicInteger();
  final List<Long> requests = new CopyOnWriteArrayList<>();

  /** Runs inside {@code cancel()}. */
  volatile Runnable inCancel = () -> {};

  /** Runs inside {@code request(n)}. */
  volatile Runnable inRequest = () -> {};

  /** Whether {@code subscribe} leaves {@code onSubscribe} to {@link #join()}. */
  volatile boolean late;

  private volatile @Nullable CoreSubscriber<? super T> actual;

  /** The same as a Mono, which passes everything on unchanged. */
  Mono<T> mono() {
    return Mono.fromDirect(this);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    subscribed.incrementAndGet();
    this.actual = actual;
    if (!late) {
      join();
    }
  }

  void join() {
    actual().onSubscribe(this);
  }

  CoreSubscriber<? super T> actual() {
    return requireNonNull(actual, "not subscribed to");
  }

  ContextView context() {
    return actual().currentContext();
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  final Source<T> emit(T... elements) {
    for (T element : elements) {
      actual().onNext(element);
    }
    return this;
  }

  @SuppressWarnings("unchecked")
  boolean tryEmit(T element) {
    return ((ConditionalSubscriber<? super T>) actual()).tryOnNext(element);
  }

  void complete() {
    actual().onComplete();
  }

  void fail(Throwable error) {
    actual().onError(error);
  }

  /** Forgets its subscriber, as a source does that has ended. */
  void forget() {
    actual = null;
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

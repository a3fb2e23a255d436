package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CtxException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.util.context.Context;

/**
 * A subscriber that records its signals, and every breach of §1.1, §1.3, §1.7 and §1.9 of Reactive
 * Streams. It requests what the test says and nothing else.
 */
class Probe<T> implements CoreSubscriber<T> {
  final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();
  final CountDownLatch ended = new CountDownLatch(1);

  /** Runs at the end of each {@code onNext}. */
  volatile Runnable inNext = () -> {};

  /** Runs inside {@code onSubscribe}, before the first request. */
  volatile Runnable inSubscribe = () -> {};

  /** Runs inside {@code onError} and {@code onComplete}. */
  volatile Runnable inEnd = () -> {};

  private final ConcurrentLinkedQueue<Object> signals = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();
  private final long demand;
  private final Context context;
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Throwable error;
  private volatile boolean over;

  /** By the test. */
  volatile boolean wasCanceled;

  Probe(long demand, Context context) {
    this.demand = demand;
    this.context = context;
  }

  static <T> Probe<T> of(long demand) {
    return new Probe<>(demand, Context.empty());
  }

  /** One that is subscribed, and has requested as much as there is. */
  static <T> Probe<T> on(Publisher<T> source) {
    return on(source, Long.MAX_VALUE);
  }

  static <T> Probe<T> on(Publisher<T> source, long demand) {
    return Probe.<T>of(demand).to(source);
  }

  Probe<T> to(Publisher<T> source) {
    source.subscribe(this);
    return this;
  }

  static <T> Probe<T> conditional(long demand, Context context) {
    return new Conditional<>(demand, context);
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription s) {
    if (subscription != null) {
      breaches.add("second onSubscribe");
      s.cancel();
      return;
    }
    subscription = s;
    inSubscribe.run();
    if (demand > 0) {
      s.request(demand);
    }
  }

  @Override
  public void onNext(T element) {
    boolean entered = enter("onNext");
    try {
      signals.add(element);
      inNext.run();
    } finally {
      leave(entered);
    }
  }

  @Override
  public void onError(Throwable thrown) {
    boolean entered = enter("onError");
    over = true;
    error = thrown;
    signals.add(thrown instanceof CtxException ? "cut" : "error " + thrown.getMessage());
    end(entered);
  }

  @Override
  public void onComplete() {
    boolean entered = enter("onComplete");
    over = true;
    signals.add("complete");
    end(entered);
  }

  private void end(boolean entered) {
    try {
      inEnd.run();
    } finally {
      leave(entered);
      ended.countDown();
    }
  }

  /** Signals may nest on one thread; they may not overlap on two. */
  private boolean enter(String signal) {
    if (subscription == null) {
      breaches.add(signal + " before onSubscribe");
    }
    if (over) {
      breaches.add(signal + " after the end");
    }
    Thread here = Thread.currentThread();
    if (inside.get() == here) {
      return false;
    }
    if (!inside.compareAndSet(null, here)) {
      breaches.add(signal + " while another signal is under way");
      return false;
    }
    return true;
  }

  private void leave(boolean entered) {
    if (entered) {
      inside.set(null);
    }
  }

  boolean isSubscribed() {
    return subscription != null;
  }

  Subscription subscription() {
    return requireNonNull(subscription, "no subscription");
  }

  void request(long n) {
    subscription().request(n);
  }

  /** Puts a mark among the signals. */
  void mark() {
    signals.add("|");
  }

  void cancel() {
    wasCanceled = true;
    subscription().cancel();
  }

  /**
   * Elements, then {@code complete}, {@code cut} (by a context), or {@code error} with its message.
   */
  List<Object> signals() {
    return new ArrayList<>(signals);
  }

  boolean isOver() {
    return over;
  }

  Throwable error() {
    return requireNonNull(error, "no error");
  }

  boolean isCut() {
    return error instanceof CtxException;
  }

  void assertSignals(Object... expected) {
    assertThat(signals()).containsExactly(expected);
    assertThat(breaches).isEmpty();
  }

  private static final class Conditional<T> extends Probe<T> implements ConditionalSubscriber<T> {
    Conditional(long demand, Context context) {
      super(demand, context);
    }

    @Override
    public boolean tryOnNext(T element) {
      onNext(element);
      return true;
    }
  }
}

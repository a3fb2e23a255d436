package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CtxException;
import io.reactivex.rxjava3.core.CompletableObserver;
import io.reactivex.rxjava3.core.FlowableSubscriber;
import io.reactivex.rxjava3.core.MaybeObserver;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.core.SingleObserver;
import io.reactivex.rxjava3.disposables.Disposable;
import io.reactivex.rxjava3.operators.QueueFuseable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * A consumer of any {@link Type} that records its signals, and every breach of their order: one
 * before onSubscribe, one after the end, two at once. It requests what the test says and nothing
 * else.
 */
final class Probe
    implements FlowableSubscriber<Integer>,
        CoreSubscriber<Integer>,
        Observer<Integer>,
        SingleObserver<Integer>,
        MaybeObserver<Integer>,
        CompletableObserver {
  final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();
  final CountDownLatch ended = new CountDownLatch(1);

  /** Runs inside {@code onSubscribe}, before the first request. */
  volatile Runnable inSubscribe = () -> {};

  /** Runs at the end of each {@code onNext}. */
  volatile Runnable inNext = () -> {};

  /** Runs inside {@code onError} and at the end of {@code onComplete} and {@code onSuccess}. */
  volatile Runnable inEnd = () -> {};

  /** Asked for in {@code onSubscribe}, unless it is NONE. */
  volatile int fusion = QueueFuseable.NONE;

  private final long demand;
  private final ConcurrentLinkedQueue<Object> signals = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Disposable disposable;
  private volatile @Nullable QueueFuseable<Integer> queue;
  private volatile int granted = QueueFuseable.NONE;
  private volatile @Nullable Throwable error;
  private volatile boolean over;

  Probe() {
    this(Long.MAX_VALUE);
  }

  Probe(long demand) {
    this.demand = demand;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    subscribe(subscription, () -> this.subscription = subscription);
    if (demand > 0) {
      subscription.request(demand);
    }
  }

  @Override
  public void onSubscribe(Disposable disposable) {
    subscribe(disposable, () -> this.disposable = disposable);
  }

  @SuppressWarnings("unchecked")
  private void subscribe(Object upstream, Runnable keep) {
    if (subscription != null || disposable != null) {
      breaches.add("second onSubscribe");
    }
    keep.run();
    if (fusion != QueueFuseable.NONE && upstream instanceof QueueFuseable) {
      queue = (QueueFuseable<Integer>) upstream;
      granted = queue().requestFusion(fusion);
    }
    inSubscribe.run();
  }

  @Override
  public void onNext(@Nullable Integer item) {
    signal("onNext", false, () -> {
      signals.add(item == null ? "ready" : item);
      inNext.run();
    });
  }

  @Override
  public void onSuccess(Integer item) {
    signal("onSuccess", true, () -> {
      signals.add(item);
      signals.add("end");
      inEnd.run();
    });
  }

  @Override
  public void onComplete() {
    signal("onComplete", true, () -> {
      signals.add("end");
      inEnd.run();
    });
  }

  @Override
  public void onError(Throwable thrown) {
    signal("onError", true, () -> {
      error = thrown;
      signals.add(thrown instanceof CtxException ? "cut" : "error " + thrown.getMessage());
      inEnd.run();
    });
  }

  /** Signals may nest on one thread; they may not overlap on two. */
  private void signal(String what, boolean last, Runnable body) {
    if (subscription == null && disposable == null) {
      breaches.add(what + " before onSubscribe");
    }
    if (over) {
      breaches.add(what + " after the end");
    }
    over |= last;
    Thread here = Thread.currentThread();
    boolean nested = inside.get() == here;
    if (!nested && !inside.compareAndSet(null, here)) {
      breaches.add(what + " while another signal is under way");
    }
    try {
      body.run();
    } finally {
      if (!nested) {
        inside.compareAndSet(here, null);
      }
      if (last) {
        ended.countDown();
      }
    }
  }

  /** Which kind of fusion the upstream has agreed to. */
  int granted() {
    return granted;
  }

  QueueFuseable<Integer> queue() {
    return requireNonNull(queue, "not fused");
  }

  /** Takes an item from the queue, as a consumer does that drains it. */
  @Nullable Integer poll() {
    try {
      return queue().poll();
    } catch (Error | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  void request(long n) {
    requireNonNull(subscription, "no subscription").request(n);
  }

  /** As {@link #request}, where the type has any. */
  void requestIfAny(long n) {
    Subscription subscription = this.subscription;
    if (subscription != null) {
      subscription.request(n);
    }
  }

  /** Cancels or disposes, whichever the type has. */
  void leave() {
    Disposable disposable = this.disposable;
    if (disposable != null) {
      disposable.dispose();
    } else {
      requireNonNull(subscription, "not subscribed").cancel();
    }
  }

  boolean isSubscribed() {
    return disposable != null || subscription != null;
  }

  /** What {@code onSubscribe} came with. */
  Object upstream() {
    return requireNonNull(disposable == null ? subscription : disposable);
  }

  /**
   * Items ({@code ready} for one to be taken from the queue), then {@code end}, {@code cut} (by a
   * context), or {@code error} with its message.
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

  void assertSignals(Object... expected) {
    assertThat(signals()).containsExactly(expected);
    assertThat(breaches).isEmpty();
  }
}

package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.util.context.Context;

/**
 * A consumer that asks for fusion and drains the queue, as {@code publishOn} does, on whatever
 * thread a signal or a request comes; what it drains goes to {@link #out}. Signals that overlap are
 * breaches.
 */
final class FusedProbe<T> implements CoreSubscriber<T>, Subscription {
  final Probe<T> out;
  final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();

  private final int asked;
  private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();
  private final AtomicInteger drains = new AtomicInteger();
  private final AtomicLong requested = new AtomicLong();
  private int mode;
  private @Nullable Subscription upstream;
  private volatile @Nullable Throwable error;
  private volatile boolean done;
  private volatile boolean canceled;

  FusedProbe(int asked, Probe<T> out) {
    this.asked = asked;
    this.out = out;
  }

  static <T> FusedProbe<T> on(Publisher<T> source, long demand) {
    return new FusedProbe<>(Fuseable.ANY, Probe.<T>of(demand)).to(source);
  }

  FusedProbe<T> to(Publisher<T> source) {
    source.subscribe(this);
    return this;
  }

  /** What was agreed on. */
  int mode() {
    return mode;
  }

  @SuppressWarnings("unchecked")
  QueueSubscription<T> queue() {
    return (QueueSubscription<T>) requireNonNull(upstream);
  }

  @Override
  public Context currentContext() {
    return out.currentContext();
  }

  @Override
  public void onSubscribe(Subscription s) {
    upstream = s;
    if (s instanceof QueueSubscription) {
      mode = queue().requestFusion(asked);
    }
    if (mode == Fuseable.NONE) {
      out.onSubscribe(s);
      return;
    }
    done = mode == Fuseable.SYNC;
    out.onSubscribe(this);
    if (mode == Fuseable.ASYNC) {
      s.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(T element) {
    boolean entered = enter("onNext");
    try {
      if (mode == Fuseable.NONE) {
        out.onNext(element);
      } else {
        drain();
      }
    } finally {
      leave(entered);
    }
  }

  @Override
  public void onError(Throwable thrown) {
    boolean entered = enter("onError");
    try {
      if (mode == Fuseable.NONE) {
        out.onError(thrown);
      } else {
        error = thrown;
        end();
      }
    } finally {
      leave(entered);
    }
  }

  @Override
  public void onComplete() {
    boolean entered = enter("onComplete");
    try {
      if (mode == Fuseable.NONE) {
        out.onComplete();
      } else {
        end();
      }
    } finally {
      leave(entered);
    }
  }

  private void end() {
    if (done) {
      breaches.add("second end");
    }
    done = true;
    drain();
  }

  @Override
  public void request(long n) {
    requested.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
    drain();
  }

  @Override
  public void cancel() {
    canceled = true;
    requireNonNull(upstream).cancel();
    if (drains.getAndIncrement() == 0) {
      queue().clear();
    }
  }

  private void drain() {
    if (drains.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    while (missed != 0) {
      long left = requested.get();
      long taken = 0;
      while (taken != left) {
        boolean ended = done;
        if (canceled) {
          queue().clear();
          return;
        }
        T element = queue().poll();
        if (element == null) {
          if (ended) {
            tell();
            return;
          }
          break;
        }
        out.onNext(element);
        taken++;
      }
      if (taken == left) {
        boolean ended = done;
        if (canceled) {
          queue().clear();
          return;
        }
        if (queue().isEmpty() && ended) {
          tell();
          return;
        }
      }
      requested.addAndGet(-taken);
      missed = drains.addAndGet(-missed);
    }
  }

  private void tell() {
    Throwable error = this.error;
    if (error == null) {
      out.onComplete();
    } else {
      out.onError(error);
    }
  }

  private boolean enter(String signal) {
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
}

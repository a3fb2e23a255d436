package io.ctx4j.rxjava3;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.FlowableSubscriber;
import io.reactivex.rxjava3.operators.ConditionalSubscriber;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Consumers that say of each item whether it counts against their demand. */
class ConditionalTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final AtomicReference<@Nullable Subscriber<? super Integer>> bound =
      new AtomicReference<>();
  private final AtomicInteger canceled = new AtomicInteger();
  private final List<Long> requests = new ArrayList<>();

  /** Takes even numbers only. */
  private static class Even implements ConditionalSubscriber<Integer> {
    final List<Object> signals = new ArrayList<>();

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(10);
    }

    @Override
    public boolean tryOnNext(Integer item) {
      signals.add(item);
      return item % 2 == 0;
    }

    @Override
    public void onNext(Integer item) {
      signals.add("onNext " + item);
    }

    @Override
    public void onError(Throwable thrown) {
      signals.add("error");
    }

    @Override
    public void onComplete() {
      signals.add("end");
    }
  }

  private Flowable<Integer> source() {
    return new Flowable<>() {
      @Override
      protected void subscribeActual(Subscriber<? super Integer> subscriber) {
        bound.set(subscriber);
        subscriber.onSubscribe(new Subscription() {
          @Override
          public void request(long n) {
            requests.add(n);
          }

          @Override
          public void cancel() {
            canceled.incrementAndGet();
          }
        });
      }
    };
  }

  private ConditionalSubscriber<? super Integer> subscribe(FlowableSubscriber<Integer> to) {
    source().compose(RxCtxOps.bind(ctx)).subscribe(to);
    return conditional();
  }

  @SuppressWarnings("unchecked")
  private ConditionalSubscriber<? super Integer> conditional() {
    assertThat(bound.get()).isInstanceOf(ConditionalSubscriber.class);
    return (ConditionalSubscriber<? super Integer>) requireNonNull(bound.get());
  }

  @Test
  @DisplayName("X3 the answer of a conditional consumer reaches the source")
  void tryOnNext_conditional_isPassedOn() {
    var even = new Even();
    ConditionalSubscriber<? super Integer> upstream = subscribe(even);

    assertThat(upstream.tryOnNext(1)).isFalse();
    assertThat(upstream.tryOnNext(2)).isTrue();
    upstream.onNext(3);
    upstream.onComplete();

    assertThat(even.signals).containsExactly(1, 2, "onNext 3", "end");
  }

  @Test
  @DisplayName("X3 to a source, a binding is conditional only where its consumer is")
  void tryOnNext_plainConsumer_isNotOffered() {
    source().compose(RxCtxOps.bind(ctx)).subscribe(new Probe());

    assertThat(bound.get()).isNotInstanceOf(ConditionalSubscriber.class);
  }

  @Test
  @DisplayName(
      "X3 R4 canceled inside of tryOnNext: told after it; what comes then is dropped, and wants no more")
  void cancel_insideTryOnNext_isToldAfterIt() {
    var even = new Even() {
      @Override
      public boolean tryOnNext(Integer item) {
        ctx.cancel();
        return super.tryOnNext(item);
      }
    };
    ConditionalSubscriber<? super Integer> upstream = subscribe(even);

    assertThat(upstream.tryOnNext(1)).isFalse();
    assertThat(upstream.tryOnNext(3)).isTrue();

    assertThat(even.signals).containsExactly(1, "error");
    assertThat(canceled).hasValue(1);
  }

  @Test
  @DisplayName(
      "X3 R4 canceled elsewhere while tryOnNext is under way: told after it, by its thread")
  void cancel_whileTryOnNext_isToldAfterIt() {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var even = new Even() {
      @Override
      public boolean tryOnNext(Integer item) {
        inside.countDown();
        Threads.await(goOn);
        return super.tryOnNext(item);
      }
    };
    ConditionalSubscriber<? super Integer> upstream = subscribe(even);

    Future<?> emitting = Threads.start(() -> upstream.tryOnNext(2));
    Threads.await(inside);
    ctx.cancel();

    assertThat(even.signals).isEmpty();
    goOn.countDown();
    Threads.join(emitting);
    assertThat(even.signals).containsExactly(2, "error");
  }

  @Test
  @DisplayName(
      "X3 a filter below answers instead of requesting one more for each item that it drops")
  void tryOnNext_filterBelow_requestsNothingMore() {
    TestSubscriber<Integer> subscriber = new TestSubscriber<>(10);
    source()
        .compose(RxCtxOps.<Integer>bind(ctx))
        .filter(item -> item % 2 == 0)
        .subscribe(subscriber);

    assertThat(conditional().tryOnNext(1)).isFalse();
    assertThat(conditional().tryOnNext(2)).isTrue();

    assertThat(requests).containsExactly(10L);
    subscriber.assertValuesOnly(2);
  }
}

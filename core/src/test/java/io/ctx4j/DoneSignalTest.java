package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Threads;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** {@code done()} by the rules of Reactive Streams that the TCK skips for an empty publisher. */
class DoneSignalTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Uncaught uncaught = Uncaught.everywhere();

  @AfterEach
  void restore() {
    uncaught.close();
  }

  @Test
  @DisplayName("C30 it completes when the context is done, without demand, and never emits")
  void cancel_completes() {
    Signals signals = Signals.of(ctx);
    assertThat(signals.events()).containsExactly("onSubscribe");

    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
  }

  @Test
  @DisplayName("C30 on a done context it completes inside subscribe")
  void subscribe_done_completesAtOnce() {
    ctx.cancel();

    assertThat(Signals.of(ctx).events()).containsExactly("onSubscribe", "onComplete");
    assertThat(Signals.of(ctx.withName("n")).events()).contains("onComplete");
  }

  @Test
  @DisplayName("C30 demand changes nothing")
  void request_positive_changesNothing() {
    Signals signals = Signals.of(ctx);
    signals.subscription().request(1);
    signals.subscription().request(Long.MAX_VALUE);
    signals.subscription().request(Long.MAX_VALUE);
    assertThat(signals.events()).containsExactly("onSubscribe");

    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
  }

  @Test
  @DisplayName("C30 §1.3 the completion waits for onSubscribe that runs on another thread")
  void cancel_whileOnSubscribeRuns_completesAfterIt() {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var inside = new AtomicBoolean();
    var overlapping = new AtomicBoolean();
    var signals = new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        inside.set(true);
        super.onSubscribe(s);
        entered.countDown();
        Threads.await(release);
        inside.set(false);
      }

      @Override
      public void onComplete() {
        overlapping.compareAndSet(false, inside.get());
        super.onComplete();
      }
    };
    Future<?> subscribing = Threads.start(() -> ctx.done().subscribe(signals));
    Threads.await(entered);

    assertThat(ctx.cancel()).isTrue(); // and does not wait for the subscriber
    assertThat(signals.events()).containsExactly("onSubscribe");
    release.countDown();
    Threads.join(subscribing);

    assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
    assertThat(overlapping).isFalse();
  }

  @Test
  @DisplayName("C30 §1.3 an error for a bad request does not overlap onSubscribe either")
  void request_badWhileOnSubscribeRuns_failsAfterIt() {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var signals = new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        super.onSubscribe(s);
        entered.countDown();
        Threads.await(release);
      }
    };
    Future<?> subscribing = Threads.start(() -> ctx.done().subscribe(signals));
    Threads.await(entered);

    signals.subscription().request(-1);
    assertThat(signals.events()).containsExactly("onSubscribe");
    ctx.cancel();
    release.countDown();
    Threads.join(subscribing);

    assertThat(signals.events()).containsExactly("onSubscribe", "onError");
  }

  @Test
  @DisplayName("C30 §1.3 a context that onSubscribe itself cancels: onSubscribe, then onComplete")
  void cancel_insideOnSubscribe_completesOnce() {
    var signals = new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        super.onSubscribe(s);
        ctx.cancel();
        events().add("returned");
      }
    };

    ctx.done().subscribe(signals);

    assertThat(signals.events()).containsExactly("onSubscribe", "returned", "onComplete");
  }

  @Test
  @DisplayName("C30 §1.7 after onComplete there is no signal any more")
  void request_badAfterCompletion_isIgnored() {
    Signals signals = Signals.of(ctx);
    ctx.cancel();

    signals.subscription().request(0);
    signals.subscription().request(Long.MIN_VALUE);
    signals.subscription().cancel();
    ctx.close();

    assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
  }

  @Test
  @DisplayName("C30 §1.7 after onError there is no signal any more")
  void cancel_afterBadRequest_isNotTold() {
    Signals signals = Signals.of(ctx);
    signals.subscription().request(0);

    signals.subscription().request(-1);
    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe", "onError");
  }

  @Test
  @DisplayName("C30 §1.9 subscribe(null) throws NullPointerException, live, done or never done")
  @SuppressWarnings("NullAway") // on purpose
  void subscribe_null_throws() {
    Subscriber<Void> none = null;
    for (Ctx each :
        List.of(ctx, Ctx.background(), Ctx.background().withTimeout(java.time.Duration.ZERO))) {
      Publisher<Void> done = each.done();
      assertThatThrownBy(() -> done.subscribe(none))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("subscriber");
    }
  }

  @Test
  @DisplayName("C30 §1.9 onSubscribe comes first and once, also on a done context")
  void subscribe_onSubscribeComesFirst() {
    Signals live = Signals.of(ctx);
    ctx.cancel();
    Signals done = Signals.of(ctx);

    for (Signals signals : List.of(live, done)) {
      assertThat(signals.events()).first().isEqualTo("onSubscribe");
      assertThat(signals.events()).containsOnlyOnce("onSubscribe");
      assertThat(signals.subscription()).isNotNull();
    }
  }

  @Test
  @DisplayName("C30 §1.9 background() too calls onSubscribe, and nothing else")
  void subscribe_neverDone_isSubscribed() {
    Signals signals = Signals.of(Ctx.background());
    signals.subscription().request(5);
    signals.subscription().cancel();
    signals.subscription().cancel();

    assertThat(signals.events()).containsExactly("onSubscribe");
  }

  @Test
  @DisplayName(
      "C30 §2.13 a subscriber whose onSubscribe throws counts as canceled, and is reported")
  void subscribe_onSubscribeThrows_countsAsCanceled() {
    var thrown = new IllegalStateException();
    var signals = new Signals() {
      @Override
      public void onSubscribe(Subscription s) {
        super.onSubscribe(s);
        throw thrown;
      }
    };

    ctx.done().subscribe(signals);
    signals.subscription().request(-1);
    ctx.cancel();
    ctx.done().subscribe(signals);

    assertThat(signals.events()).containsExactly("onSubscribe", "onSubscribe");
    assertThat(uncaught.reported()).containsExactly(thrown, thrown);
  }

  @Test
  @DisplayName("C30 §2.13 a subscriber whose onError throws is reported, and request returns")
  void request_badOnErrorThrows_isReported() {
    var thrown = new AssertionError();
    var signals = new Signals() {
      @Override
      public void onError(Throwable error) {
        super.onError(error);
        throw thrown;
      }
    };
    ctx.done().subscribe(signals);

    signals.subscription().request(0);
    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe", "onError");
    assertThat(uncaught.reported()).containsExactly(thrown);
  }

  @Test
  @DisplayName(
      "C30 §3.5 cancel returns while a callback of the context is stuck, and may come from inside")
  void cancel_ofSubscription_doesNotWait() {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    ctx.onDone(() -> {
      entered.countDown();
      Threads.await(release);
    });
    Signals signals = Signals.of(ctx);
    Future<?> canceling = Threads.start(ctx::cancel);
    Threads.await(entered);

    signals.subscription().cancel();
    signals.subscription().request(1);
    release.countDown();
    Threads.join(canceling);

    assertThat(signals.events()).containsExactly("onSubscribe");
  }

  @Test
  @DisplayName("C30 §3.6 after cancel a request does nothing, not even a bad one")
  void request_afterCancel_isIgnored() {
    Signals signals = Signals.of(ctx);
    signals.subscription().cancel();

    signals.subscription().request(1);
    signals.subscription().request(0);
    signals.subscription().request(-1);
    ctx.cancel();

    assertThat(signals.events()).containsExactly("onSubscribe");
  }
}

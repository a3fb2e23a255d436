package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;

/** {@code done()}: what its subscription answers, alone and in races. */
class DoneRequestTest {
  private static final int ROUNDS = 2_000;

  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName("C30 §3.7 canceling again does nothing, and takes nobody else off")
  void cancel_again_isIgnored() {
    Signals first = Signals.of(ctx);
    Signals second = Signals.of(ctx);

    first.subscription().cancel();
    first.subscription().cancel();
    ctx.cancel();
    first.subscription().cancel();

    assertThat(first.events()).containsExactly("onSubscribe");
    assertThat(second.events()).containsExactly("onSubscribe", "onComplete");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  @DisplayName(
      "C30 §3.9 a request for zero or less is an IllegalArgumentException to the subscriber")
  void request_zeroOrLess_fails(long n) {
    Signals signals = Signals.of(ctx);
    Signals neverDone = Signals.of(Ctx.background());

    signals.subscription().request(n);
    neverDone.subscription().request(n);

    assertThat(signals.events()).containsExactly("onSubscribe", "onError");
    assertThat(signals.error())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
    assertThat(neverDone.events()).containsExactly("onSubscribe", "onError");
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("C30 §3.9 also inside onSubscribe, on a live and on a done context")
  void request_zeroInsideOnSubscribe_fails() {
    for (int i = 0; i < 2; i++) {
      var signals = new Signals() {
        @Override
        public void onSubscribe(Subscription s) {
          super.onSubscribe(s);
          s.request(0);
          s.request(-1);
        }
      };
      ctx.done().subscribe(signals);
      ctx.cancel();

      assertThat(signals.events()).containsExactly("onSubscribe", "onError");
    }
  }

  @Test
  @DisplayName(
      "C30 canceled inside onSubscribe it is told nothing, on a live and on a done context")
  void cancel_insideOnSubscribe_isToldNothing() {
    for (int i = 0; i < 2; i++) {
      var signals = new Signals() {
        @Override
        public void onSubscribe(Subscription s) {
          super.onSubscribe(s);
          s.cancel();
          s.request(0);
        }
      };
      ctx.done().subscribe(signals);
      ctx.cancel();

      assertThat(signals.events()).containsExactly("onSubscribe");
    }
  }

  @Test
  @DisplayName("C30 §3.9 canceled first inside onError: nothing more")
  void cancel_insideOnError_isIgnored() {
    var signals = new Signals() {
      @Override
      public void onError(Throwable thrown) {
        super.onError(thrown);
        subscription().cancel();
        subscription().request(0);
        ctx.cancel();
      }
    };
    ctx.done().subscribe(signals);

    signals.subscription().request(0);

    assertThat(signals.events()).containsExactly("onSubscribe", "onError");
  }

  @Test
  @DisplayName("C30 publishers of several calls complete alike, for any number of subscribers")
  void done_severalPublishers_completeAlike() {
    Publisher<Void> first = ctx.done();
    Publisher<Void> second = ctx.withName("n").done();
    var same = new Signals();
    List<Signals> others = List.of(new Signals(), new Signals(), new Signals());
    first.subscribe(same);
    first.subscribe(same);
    first.subscribe(others.get(0));
    second.subscribe(others.get(1));

    ctx.cancel();
    first.subscribe(others.get(2));

    assertThat(same.events())
        .containsExactly("onSubscribe", "onSubscribe", "onComplete", "onComplete");
    assertThat(others)
        .allSatisfy(each -> assertThat(each.events()).containsExactly("onSubscribe", "onComplete"));
  }

  @Test
  @DisplayName("C30 a bad request and the completion at once give one terminal signal")
  void request_badWhileCanceling_isOneSignal() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx each = Ctx.background().withCancel();
      Signals signals = Signals.of(each);
      Threads.race(each::cancel, () -> signals.subscription().request(0));
      assertThat(signals.events()).hasSize(2).first().isEqualTo("onSubscribe");
    }
  }

  @Test
  @DisplayName("C30 two bad requests at once give one terminal signal")
  void request_badTwiceAtOnce_isOneSignal() {
    for (int round = 0; round < ROUNDS; round++) {
      Signals signals = Signals.of(ctx);
      Runnable request = () -> signals.subscription().request(-1);
      Threads.race(request, request);
      assertThat(signals.events()).containsExactly("onSubscribe", "onError");
    }
  }

  @Test
  @DisplayName(
      "C30 subscribe and cancel of the context at once: onSubscribe, then onComplete, once each")
  void subscribe_whileCanceling_completesOnce() {
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx each = Ctx.background().withCancel();
      var signals = new Signals();
      Threads.race(each::cancel, () -> each.done().subscribe(signals));
      assertThat(signals.events()).containsExactly("onSubscribe", "onComplete");
    }
  }

  @Test
  @DisplayName("C30 cancel of the subscription and the completion at once: one signal at most")
  void cancel_ofSubscriptionWhileCanceling_isOneSignalAtMost() {
    var completed = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      CancelCtx each = Ctx.background().withCancel();
      Signals signals = Signals.of(each);
      Threads.race(each::cancel, signals.subscription()::cancel, signals.subscription()::cancel);
      assertThat(signals.events()).hasSizeLessThanOrEqualTo(2).first().isEqualTo("onSubscribe");
      completed.addAndGet(signals.events().size() - 1);
    }
    assertThat(completed).hasValueLessThanOrEqualTo(ROUNDS);
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;

/** What registrations and subscriptions hold once they are over. */
class SubscriptionRetentionTest {
  private static final CtxKey<Object> HELD = CtxKey.named("held");

  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName("C20 a registration holds no callback that was started or taken off")
  void registration_over_holdsNoCallback() {
    var kept = new Box<Ctx.Registration>();
    var taken = new Box<Ctx.Registration>();
    WeakReference<Runnable> ofTaken = Memory.weak(() -> {
      Runnable callback = Memory.callback();
      taken.set(ctx.onDone(callback));
      return callback;
    });
    assertThat(taken.get().unregister()).isTrue();
    assertThat(Memory.isCollected(ofTaken)).isTrue();

    WeakReference<Runnable> ofKept = Memory.weak(() -> {
      Runnable callback = Memory.callback();
      kept.set(ctx.onDone(callback, Runnable::run));
      return callback;
    });
    ctx.cancel();

    assertThat(Memory.isCollected(ofKept)).isTrue();
    assertThat(kept.get().unregister()).isFalse();
  }

  @Test
  @DisplayName("C20 a registration that is over holds no context")
  void registration_over_holdsNoContext() {
    var registration = new Box<Ctx.Registration>();
    WeakReference<Object> value = Memory.weak(() -> {
      var held = new Object();
      registration.set(ctx.withValue(HELD, held).withCancel().onDone(() -> {}));
      return held;
    });
    ctx.cancel();

    assertThat(Memory.isCollected(value)).isTrue();
    assertThat(registration.get().unregister()).isFalse();
  }

  @Test
  @DisplayName("C30 a subscription that is over holds no subscriber (3.13)")
  void subscription_over_holdsNoSubscriber() {
    var subscription = new Box<Subscription>();
    WeakReference<Signals> canceled = Memory.weak(() -> {
      Signals signals = Signals.of(ctx);
      subscription.set(signals.subscription());
      return signals;
    });
    subscription.get().cancel();
    assertThat(Memory.isCollected(canceled)).isTrue();

    WeakReference<Signals> refused = Memory.weak(() -> {
      Signals signals = Signals.of(ctx);
      subscription.set(signals.subscription());
      return signals;
    });
    subscription.get().request(0);
    assertThat(Memory.isCollected(refused)).isTrue();
    assertThat(ctx.isDone()).isFalse();
  }

  @Test
  @DisplayName("C28 background() holds no subscriber")
  void subscription_neverDone_isNotHeld() {
    WeakReference<Signals> subscriber = Memory.weak(() -> Signals.of(Ctx.background()));

    assertThat(Memory.isCollected(subscriber)).isTrue();
  }
}

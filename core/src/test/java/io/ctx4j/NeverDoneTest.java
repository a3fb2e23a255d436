package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Contexts that can never be done, and the question whether one can. */
class NeverDoneTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Queue<Runnable> handedOver = new ArrayDeque<>();

  @Test
  @DisplayName("C28 one that can never be done stores nothing, and unregister is true")
  void onDone_neverDone_storesNothing() {
    for (Ctx never : List.of(
        Ctx.background(),
        Ctx.todo(),
        Ctx.root(new HookedTime()),
        ctx.withoutCancel(),
        Ctx.background().withValue(USER, "u"))) {
      WeakReference<Runnable> stored = Memory.weak(() -> {
        Runnable callback = Memory.callback();
        assertThat(never.onDone(callback).unregister()).isTrue();
        assertThat(never.onDone(callback, handedOver::add).unregister()).isTrue();
        never.onDone(callback);
        never.onDone(callback, Runnable::run);
        return callback;
      });

      assertThat(never.isCancelable()).isFalse();
      assertThat(Memory.isCollected(stored)).as(never.toString()).isTrue();
    }
    assertThat(handedOver).isEmpty();
  }

  @Test
  @DisplayName("C28 a context is cancelable if it can ever be done, done or not")
  void isCancelable_anyDerivation_isTrue() {
    assertThat(ctx.isCancelable()).isTrue();
    assertThat(ctx.withValue(USER, "u").isCancelable()).isTrue();
    assertThat(Ctx.merge(Ctx.background(), Ctx.todo()).isCancelable()).isTrue();
    assertThat(Ctx.background().withTimeout(Duration.ZERO).isCancelable()).isTrue();
    ctx.cancel();
    assertThat(ctx.isCancelable()).isTrue();
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a single context, registration or subscription still holds once it is over. */
@Tag("memory")
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
class RetentionTest {
  private static final CtxKey<Object> HELD = CtxKey.named("held");
  private static final Duration HOUR = Duration.ofHours(1);

  private final CancelCtx ctx = Ctx.background().withCancel();

  private WeakReference<Runnable> callbackOn(Ctx on) {
    return Memory.weak(() -> {
      Runnable callback = Memory.callback();
      on.onDone(callback);
      return callback;
    });
  }

  private static final class Cause implements Supplier<@Nullable Throwable> {
    @Override
    public @Nullable Throwable get() {
      return null;
    }
  }

  @Test
  @DisplayName("C20 a done context holds no callback")
  void done_holdsNoCallback() {
    WeakReference<Runnable> plain = callbackOn(ctx);
    WeakReference<Signals> subscriber = Memory.weak(() -> Signals.of(ctx));

    ctx.cancel();

    assertThat(Memory.isCollected(plain)).isTrue();
    assertThat(Memory.isCollected(subscriber)).isTrue();
    assertThat(ctx.isDone()).isTrue();
  }

  @Test
  @DisplayName("C20 a context that ended early holds neither its supplier nor its timer")
  void canceled_holdsNoSupplier() {
    var timed = new Box<CancelCtx>();
    for (Ctx root : new Ctx[] {Ctx.root(new HookedTime()), Ctx.background(), ctx}) {
      WeakReference<Cause> supplier = Memory.weak(() -> {
        var cause = new Cause();
        timed.set(root.withTimeout(HOUR, cause));
        return cause;
      });
      timed.get().cancel();

      assertThat(Memory.isCollected(supplier)).as(root.toString()).isTrue();
    }
  }

  @Test
  @DisplayName(
      "C20 nor does one that its parent, its deadline or a past deadline ended, or C13 bound")
  void done_inAnyWay_holdsNoSupplier() {
    var time = new HookedTime();
    CancelCtx parent = Ctx.root(time).withTimeout(HOUR);
    var kept = new Box<Ctx>();
    for (Duration timeout : new Duration[] {
      Duration.ofMinutes(1), Duration.ZERO, Duration.ofHours(2), Duration.ofMinutes(59)
    }) {
      WeakReference<Cause> supplier = Memory.weak(() -> {
        var cause = new Cause();
        kept.set(parent.withTimeout(timeout, cause));
        return cause;
      });
      if (timeout.equals(Duration.ofMinutes(1))) {
        time.advance(timeout);
      } else if (timeout.equals(Duration.ofMinutes(59))) {
        parent.cancel();
      }
      assertThat(Memory.isCollected(supplier)).as(timeout.toString()).isTrue();
    }
    assertThat(kept.get().isDone()).isTrue();
  }

  @Test
  @DisplayName(
      "C20 a context of system() that was canceled can be collected long before its deadline")
  void canceled_onSystem_isCollected() {
    WeakReference<Object> value = Memory.weak(() -> {
      var held = new Object();
      Ctx.background().withValue(HELD, held).withTimeout(HOUR).cancel();
      return held;
    });

    assertThat(Memory.isCollected(value)).isTrue();
  }

  @Test
  @DisplayName("C20 after a deadline on system() no thread of the library holds its callback")
  void deadline_fired_callbackIsCollected() {
    var fired = new CountDownLatch(1);
    WeakReference<Object> held = Memory.weak(() -> {
      var value = new Object();
      Ctx timed = Ctx.background().withValue(HELD, value).withTimeout(Duration.ofMillis(1));
      timed.onDone(() -> {
        assertThat(value).isNotNull();
        fired.countDown();
      });
      return value;
    });
    Threads.await(fired);

    Threads.until(() -> Memory.isCollected(held));
  }

  @Test
  @DisplayName("C20 a done child reaches neither its live parent's callbacks nor its siblings")
  void doneChild_holdsNoRelative() {
    var child = new Box<CancelCtx>();
    WeakReference<Runnable> relatives = Memory.weak(() -> {
      CancelCtx parent = Ctx.background().withCancel();
      Runnable callback = Memory.callback();
      parent.onDone(callback);
      parent.withCancel().onDone(callback);
      child.set(parent.withName("n").withCancel());
      child.get().withCancel().onDone(callback);
      parent.withCancel().onDone(callback);
      parent.onDone(callback);
      child.get().cancel();
      return callback;
    });

    assertThat(Memory.isCollected(relatives)).isTrue();
    assertThat(child.get().isDone()).isTrue();
  }

  @Test
  @DisplayName("C20 a context done from above reaches nothing but its values either")
  void doneFromAbove_holdsNoRelative() {
    var last = new Box<CancelCtx>();
    WeakReference<Object> sibling = Memory.weak(() -> {
      CancelCtx parent = Ctx.background().withCancel();
      var value = new Object();
      parent.withValue(HELD, value).withCancel();
      CancelCtx child = parent.withCancel();
      parent.withValue(HELD, value).withTimeout(HOUR);
      Ctx.merge(child, parent.withValue(HELD, value)).onDone(() -> {});
      last.set(child.withCancel());
      parent.cancel();
      return value;
    });

    assertThat(Memory.isCollected(sibling)).isTrue();
    assertThat(last.get().isDone()).isTrue();
  }

  @Test
  @DisplayName("C20 a merged context that is done holds no live parent")
  void doneMerged_holdsNoParent() {
    var merged = new Box<CancelCtx>();
    WeakReference<Runnable> ofParent = Memory.weak(() -> {
      CancelCtx a = Ctx.background().withCancel();
      CancelCtx b = Ctx.background().withCancel();
      Runnable callback = Memory.callback();
      b.onDone(callback);
      merged.set(Ctx.merge(b, a));
      a.cancel();
      return callback;
    });

    assertThat(Memory.isCollected(ofParent)).isTrue();
    assertThat(merged.get().isDone()).isTrue();
  }

  @Test
  @DisplayName("C25 a live parent holds no values of children that have gone")
  void liveParent_holdsNoValuesOfGoneChildren() {
    WeakReference<Object> value = Memory.weak(() -> {
      var held = new Object();
      Ctx layer = ctx.withValue(HELD, held);
      layer.withCancel().cancel();
      CancelCtx child = layer.withCancel();
      child.withCancel().withTimeout(HOUR);
      child.close();
      Ctx.merge(layer, Ctx.background()).cancel();
      layer.withTimeout(Duration.ZERO);
      layer.onDone(() -> {}).unregister();
      return held;
    });

    assertThat(Memory.isCollected(value)).isTrue();
    assertThat(ctx.withCancel().isDone()).isFalse();
  }

  @Test
  @DisplayName("C20 a context that was born done holds no supplier")
  void bornDone_holdsNoSupplier() {
    ctx.cancel();
    var child = new Box<CancelCtx>();
    WeakReference<Cause> supplier = Memory.weak(() -> {
      var cause = new Cause();
      child.set(ctx.withTimeout(HOUR, cause));
      return cause;
    });

    assertThat(Memory.isCollected(supplier)).isTrue();
    assertThat(child.get().isDone()).isTrue();
  }

  @Test
  @DisplayName("C23 withoutCancel() holds the values, and not the context that it came from")
  void withoutCancel_holdsNoParent() {
    var detached = new Box<Ctx>();
    WeakReference<Runnable> ofParent = Memory.weak(() -> {
      CancelCtx parent = Ctx.background().withValue(HELD, "held").withCancel();
      Runnable callback = Memory.callback();
      parent.onDone(callback);
      detached.set(parent.withoutCancel().withCancel());
      return callback;
    });

    assertThat(Memory.isCollected(ofParent)).isTrue();
    assertThat(detached.get().value(HELD)).isEqualTo("held");
  }

  @Test
  @DisplayName("C20 a done context keeps its values, err and cause")
  void done_keepsItsValues() {
    var why = new Exception();
    Ctx below = ctx.withValue(HELD, "held").withCancel();
    ctx.cancel(why);

    System.gc();

    assertThat(below.value(HELD)).isEqualTo("held");
    assertThat(below.cause()).isSameAs(why);
  }
}

package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Memory;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A callback that is its own registration. */
class ListenerTest {
  private static final CtxKey<Object> VALUE = CtxKey.named("value");

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Listening listener = new Listening();

  @Test
  @DisplayName("C34 a listener is told once, with err itself, on the thread that cancels")
  void listen_live_isToldOnce() {
    var thread = new AtomicReference<Thread>();
    new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        thread.set(Thread.currentThread());
      }
    }.listen(ctx);
    assertThat(listener.listen(ctx)).isTrue();
    assertThat(listener.errs()).isEmpty();

    ctx.cancel();
    ctx.cancel();

    assertThat(listener.errs()).hasSize(1);
    assertThat(listener.errs().get(0)).isSameAs(ctx.err());
    assertThat(thread.get()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("C34 on a done context listen is false, and nothing runs, now or later")
  void listen_done_isFalse() {
    ctx.cancel();

    assertThat(listener.listen(ctx)).isFalse();

    assertThat(listener.errs()).isEmpty();
    assertThat(listener.unlisten()).isFalse();
  }

  @Test
  @DisplayName("C27 unlisten is true for the one call that kept it from being told")
  void unlisten_live_isTrueOnce() {
    listener.listen(ctx);

    assertThat(listener.unlisten()).isTrue();
    assertThat(listener.unlisten()).isFalse();
    ctx.cancel();

    assertThat(listener.errs()).isEmpty();
  }

  @Test
  @DisplayName("C27 after it was told unlisten is false")
  void unlisten_afterFiring_isFalse() {
    listener.listen(ctx);
    ctx.cancel();

    assertThat(listener.unlisten()).isFalse();
  }

  @Test
  @DisplayName("C27 inside onDone unlisten is false")
  void unlisten_insideOnDone_isFalse() {
    var result = new AtomicReference<Boolean>();
    new DoneListener() {
      @Override
      protected void onDone(CtxException err) {
        result.set(unlisten());
      }
    }.listen(ctx);

    ctx.cancel();

    assertThat(result.get()).isFalse();
  }

  @Test
  @DisplayName("C27 a listener that was not told yet can be kept from it by an earlier callback")
  void unlisten_byEarlierCallback_isTrue() {
    var result = new AtomicReference<Boolean>();
    ctx.onDone(() -> result.set(listener.unlisten()));
    listener.listen(ctx);

    ctx.cancel();

    assertThat(result.get()).isTrue();
    assertThat(listener.errs()).isEmpty();
  }

  @Test
  @DisplayName("C27 before listen there is nothing to take off")
  void unlisten_beforeListen_isFalse() {
    assertThat(listener.unlisten()).isFalse();
  }

  @Test
  @DisplayName(
      "C28 on one that can never be done listen and unlisten are true, and nothing is stored")
  void listen_neverDone_storesNothing() {
    for (Ctx never : List.of(Ctx.background(), Ctx.todo(), ctx.withoutCancel())) {
      var each = new Listening();
      WeakReference<Listening> stored = Memory.weak(() -> listening(never));

      assertThat(each.listen(never)).isTrue();
      assertThat(each.unlisten()).isTrue();
      assertThat(each.unlisten()).isFalse();
      assertThat(Memory.isCollected(stored)).isTrue();
    }
  }

  @Test
  @DisplayName("C34 listen and unlisten allocate nothing")
  void listen_warm_allocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    var listeners = new Listening[20_000];
    for (int i = 0; i < listeners.length; i++) {
      listeners[i] = new Listening();
    }
    int warm = listeners.length / 2;
    listenAndUnlisten(listeners, 0, warm);
    threads.getCurrentThreadAllocatedBytes();

    long before = threads.getCurrentThreadAllocatedBytes();
    listenAndUnlisten(listeners, warm, listeners.length);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocated).isLessThan(warm); // not a byte for each
  }

  private void listenAndUnlisten(Listening[] listeners, int from, int to) {
    for (int i = from; i < to; i++) {
      listeners[i].listen(ctx);
    }
    for (int i = from; i < to; i++) {
      listeners[i].unlisten();
    }
  }

  @Test
  @DisplayName("C34 after unlisten the context does not hold the listener")
  void unlisten_listenerIsCollected() {
    listener.listen(ctx);
    WeakReference<Listening> dropped = Memory.weak(() -> {
      Listening each = listening(ctx);
      listening(ctx);
      each.unlisten();
      return each;
    });

    assertThat(Memory.isCollected(dropped)).isTrue();
    assertThat(ctx.isDone()).isFalse();
  }

  private static Listening listening(Ctx ctx) {
    var listening = new Listening();
    assertThat(listening.listen(ctx)).isTrue();
    return listening;
  }

  @Test
  @DisplayName("C34 after unlisten the listener does not hold the context")
  void unlisten_contextIsCollected() {
    WeakReference<Runnable> ofTheContext = Memory.weak(() -> {
      CancelCtx own = Ctx.background().withCancel();
      Runnable callback = Memory.callback();
      own.onDone(callback);
      listener.listen(own);
      listener.unlisten();
      return callback;
    });

    assertThat(Memory.isCollected(ofTheContext)).isTrue();
    assertThat(listener.errs()).isEmpty();
  }

  @Test
  @DisplayName("C34 after firing nobody holds anybody")
  void listen_fired_bothAreCollected() {
    WeakReference<Listening> dropped = Memory.weak(() -> listening(ctx));
    WeakReference<Object> context = Memory.weak(() -> {
      var value = new Object();
      listener.listen(ctx.withValue(VALUE, value).withCancel());
      return value;
    });
    ctx.cancel();

    assertThat(Memory.isCollected(dropped)).isTrue();
    assertThat(Memory.isCollected(context)).isTrue();
    assertThat(listener.errs()).hasSize(1);
  }

  @Test
  @DisplayName("C34 a listener that fired does not hold its neighbors")
  void listen_fired_neighborsAreCollected() {
    CancelCtx own = Ctx.background().withCancel();
    WeakReference<Listening> before = Memory.weak(() -> listening(own));
    listener.listen(own);
    WeakReference<Listening> after = Memory.weak(() -> listening(own));

    own.cancel();

    assertThat(Memory.isCollected(before)).isTrue();
    assertThat(Memory.isCollected(after)).isTrue();
    assertThat(listener.errs()).hasSize(1);
  }
}

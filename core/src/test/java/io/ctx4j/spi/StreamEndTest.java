package io.ctx4j.spi;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.Threads;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What decides who ends a stream, driven as an adapter drives it, one transition at a time. */
class StreamEndTest {
  private static final VarHandle EMITTING = field("emitting", boolean.class);
  private static final VarHandle RECHECK = field("recheck", Ctx.Registration.class);

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Stream stream = new Stream();

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(StreamEnd.class, MethodHandles.lookup())
          .findVarHandle(StreamEnd.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  /** Records what it is asked to do. */
  private static final class Stream extends StreamEnd {
    final List<String> asked = new CopyOnWriteArrayList<>();
    final CountDownLatch signaled = new CountDownLatch(1);
    Runnable inCancel = () -> {};
    Runnable inSignal = () -> {};

    @Override
    protected void cancelUpstream() {
      asked.add("cancel");
      inCancel.run();
    }

    @Override
    protected void signalCtxError(CtxException err, boolean arrived) {
      asked.add((arrived ? "signal " : "signal without upstream ") + err.getMessage());
      inSignal.run();
      signaled.countDown();
    }

    Stream on(Ctx ctx) {
      assertThat(listen(ctx)).isTrue();
      return this;
    }

    /** Upstream is there, and downstream can be told. */
    Stream running(Ctx ctx) {
      on(ctx);
      assertThat(upstreamArrived()).isTrue();
      downstreamReady();
      return this;
    }

    Emission emission() {
      return emitting();
    }

    void ready() {
      downstreamReady();
    }

    void returned() {
      subscribeReturned();
    }
  }

  private void assertSignaledInTime() throws InterruptedException {
    assertThat(stream.signaled.await(30, TimeUnit.SECONDS)).as("signaled").isTrue();
  }

  @Test
  @DisplayName("R1 upstream is canceled first, downstream signaled last")
  void cancel_running_cancelsThenSignals() {
    stream.running(ctx);

    ctx.cancel();

    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
    assertThat(stream.endedByCtx()).isTrue();
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.NONE);
  }

  @Test
  @DisplayName("R4 with an element on its way, the signal comes when that is taken")
  void cancel_whileEmitting_signalsAfterTheElement() {
    stream.running(ctx);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.OUTER);

    ctx.cancel();

    assertThat(stream.asked).containsExactly("cancel");
    stream.emitted();
    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
  }

  /**
   * Upstream's thread has looked for an end before there was one, and what it wrote then was not
   * seen in time: each has left the end to the other. No processor can be made to do that when
   * asked, so the field is set as the other thread would find it.
   */
  @Test
  @DisplayName("R4 who has left the signal to upstream's thread checks again until it is given")
  void cancel_emissionSeenTooLong_isSignaledAllTheSame() throws InterruptedException {
    stream.running(ctx);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.OUTER);
    ctx.cancel();
    assertThat(stream.asked).containsExactly("cancel");

    EMITTING.setVolatile(stream, false); // and no emitted()

    assertSignaledInTime();
    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
  }

  @Test
  @DisplayName("R4 it checks more than once")
  void cancel_emissionSeenForLong_isSignaledAllTheSame() throws InterruptedException {
    stream.running(ctx);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.OUTER);
    ctx.cancel();
    var later = new CountDownLatch(1);
    io.ctx4j.TimeSource.system().schedule(later::countDown, java.time.Duration.ofMillis(20));
    assertThat(later.await(30, TimeUnit.SECONDS)).isTrue(); // the first checks are over

    EMITTING.setVolatile(stream, false);

    assertSignaledInTime();
  }

  @Test
  @DisplayName("R3 a check that is still to come is taken off with the signal")
  void emitted_whileRechecking_leavesNoCheck() {
    stream.running(ctx);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.OUTER);
    ctx.cancel();
    Object last = RECHECK.getVolatile(stream);
    assertThat(last).isNotNull();
    // each waits twice as long, so that the next one is far off
    for (int checks = 0; checks < 6; checks++) {
      Object before = last;
      Threads.until(() -> RECHECK.getVolatile(stream) != before);
      last = RECHECK.getVolatile(stream);
    }

    stream.emitted();

    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
    assertThat(((Ctx.Registration) last).unregister()).isFalse(); // nor if it has come meanwhile
  }

  @Test
  @DisplayName("R4 an element inside another: passed on while live, and not once the stream ended")
  void emission_insideAnother_isNested() {
    stream.running(ctx);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.OUTER);
    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.NESTED);

    ctx.cancel();

    assertThat(stream.emission()).isEqualTo(StreamEnd.Emission.NONE);
    assertThat(stream.asked).containsExactly("cancel"); // the outer one is on its way still
    stream.emitted();
    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
  }

  @Test
  @DisplayName("R1 downstream that throws as it is given a subscription keeps nobody waiting")
  void signalThrows_awaitingUpstream_nobodyWaits() {
    stream.on(ctx);
    stream.inSignal = () -> {
      throw new IllegalStateException("onSubscribe");
    };
    Thread.UncaughtExceptionHandler reported = (thread, e) -> stream.asked.add(e.getMessage());
    var canceling = new Thread(ctx::cancel);
    canceling.setUncaughtExceptionHandler(reported);
    canceling.start();
    Threads.until(() -> !canceling.isAlive());

    assertThat(stream.asked)
        .containsExactly("signal without upstream context canceled", "onSubscribe");
    assertThat(stream.isSubscribing()).isFalse();
  }

  @Test
  @DisplayName("R1 upstream that never came: signaled at once, and nothing to cancel")
  void cancel_awaitingUpstream_signals() {
    stream.on(ctx);

    ctx.cancel();

    assertThat(stream.asked).containsExactly("signal without upstream context canceled");
    assertThat(stream.upstreamArrived()).isFalse();
  }

  /**
   * Cancels the context on another thread, which is then in the signal until the latch lets it go.
   */
  private Thread cancelingUntil(CountDownLatch goOn, Runnable before) throws InterruptedException {
    var signaling = new CountDownLatch(1);
    stream.inSignal = () -> {
      before.run();
      signaling.countDown();
      try {
        assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    };
    var canceling = new Thread(ctx::cancel);
    canceling.start();
    assertThat(signaling.await(30, TimeUnit.SECONDS)).isTrue();
    return canceling;
  }

  @Test
  @DisplayName(
      "R1 who subscribes waits until downstream has its subscription, and not for it to be told")
  void subscribeReturned_downstreamIsSubscribedElsewhere_waits() throws InterruptedException {
    stream.on(ctx);
    var goOn = new CountDownLatch(1);
    var returned = new CountDownLatch(1);
    var subscribing = new Thread(() -> {
      assertThat(stream.upstreamArrived()).isFalse();
      stream.returned();
      returned.countDown();
    });
    Thread canceling = cancelingUntil(goOn, () -> {
      subscribing.start();
      while (subscribing.getState() != Thread.State.TIMED_WAITING) { // or it ends, and this fails
        assertThat(subscribing.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      stream.ready();
    });

    assertThat(returned.await(30, TimeUnit.SECONDS)).isTrue();

    assertThat(canceling.isAlive()).isTrue();
    goOn.countDown();
    canceling.join();
  }

  @Test
  @DisplayName(
      "R1 it waits also where it is interrupted, as the end of a context does, and stays so")
  void subscribeReturned_interrupted_waits() throws InterruptedException {
    stream.on(ctx);
    var goOn = new CountDownLatch(1);
    List<String> order = new CopyOnWriteArrayList<>();
    var subscribing = new Thread(() -> {
      Thread.currentThread().interrupt();
      stream.returned();
      order.add("returned " + (Thread.currentThread().isInterrupted() ? "interrupted" : "clean"));
    });
    Thread canceling = cancelingUntil(goOn, () -> {
      subscribing.start();
      for (int looks = 0;
          looks < 50 && subscribing.isAlive(); ) { // far more than it is let off with
        if (subscribing.getState() == Thread.State.TIMED_WAITING) {
          looks++;
        }
        Thread.onSpinWait();
      }
      order.add("subscribed");
      stream.ready();
    });

    subscribing.join(30_000);

    assertThat(order).containsExactly("subscribed", "returned interrupted");
    goOn.countDown();
    canceling.join();
  }

  @Test
  @DisplayName("R1 it does not wait for ever: downstream may wait for a lock of its")
  void subscribeReturned_downstreamWaitsForIt_returns() throws InterruptedException {
    stream.on(ctx);
    var goOn = new CountDownLatch(1);
    Thread canceling = cancelingUntil(goOn, () -> {});

    var subscribing = new Thread(stream::returned);
    subscribing.start();
    subscribing.join(30_000);

    assertThat(subscribing.isAlive()).isFalse();
    assertThat(canceling.isAlive()).isTrue();
    goOn.countDown();
    canceling.join();
  }

  @Test
  @DisplayName("R1 downstream that is not ready is signaled when it is")
  void cancel_downstreamNotReady_signalsWhenReady() {
    stream.on(ctx);
    assertThat(stream.upstreamArrived()).isTrue();

    ctx.cancel();

    assertThat(stream.asked).containsExactly("cancel");
    stream.downstreamReady();
    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
  }

  @Test
  @DisplayName("R1 a failure of a live context's upstream is its own end")
  void upstreamFailed_live_isItsOwn() {
    stream.running(ctx);

    assertThat(stream.upstreamFailed(ctx)).isTrue();
    ctx.cancel();

    assertThat(stream.asked).isEmpty();
    assertThat(stream.hasEnded()).isTrue();
    assertThat(stream.endedByCtx()).isFalse();
  }

  @Test
  @DisplayName(
      "R1 a failure once the context is done is the context's end, before its callback too")
  void upstreamFailed_done_isTheContexts() {
    boolean[] failed = {true};
    ctx.onDone(
        () -> failed[0] = stream.upstreamFailed(ctx)); // the resource that ctx's end has closed
    stream.running(ctx);

    ctx.cancel();

    assertThat(failed[0]).isFalse();
    assertThat(stream.asked).containsExactly("cancel", "signal context canceled");
  }

  @Test
  @DisplayName("R1 what finds the context done ends the stream as the callback would")
  void ctxDone_beforeTheCallback_cancelsAndSignals() {
    ctx.onDone(() -> {
      stream.ctxDone(requireNonNull(ctx.err()));
      stream.asked.add("before the callback");
    });
    stream.running(ctx);

    ctx.cancel();

    assertThat(stream.asked)
        .containsExactly("cancel", "signal context canceled", "before the callback");
  }

  @Test
  @DisplayName("R1 downstream that leaves while upstream is being canceled is not signaled")
  void downstreamCanceled_whileCanceling_isNotSignaled() {
    stream.running(ctx);
    stream.inCancel = () -> assertThat(stream.downstreamCanceled()).isFalse();

    ctx.cancel();

    assertThat(stream.asked).containsExactly("cancel");
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.OwnThread;
import io.ctx4j.testing.Threads;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Code that blocks, run under a context: what comes out, and the thread's flag afterwards. */
class CallTest implements OwnThread {
  private final ManualTime time = new ManualTime();
  private final CancelCtx ctx = Ctx.root(time).withCancel();
  private final Exception why = new Exception("why");

  /** Blocks until it is interrupted. */
  private static Object forEver() throws InterruptedException {
    new CountDownLatch(1).await();
    throw new AssertionError();
  }

  @Override
  public void afterOnItsThread() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  @DisplayName("B1 the result comes out, on this thread, and nothing stays registered")
  void call_ends_returnsTheResult() throws Exception {
    Thread here = Thread.currentThread();

    assertThat(ctx.<Thread, Exception>call(Thread::currentThread)).isSameAs(here);
    ctx.<Exception>run(() -> assertThat(Thread.currentThread()).isSameAs(here));

    ctx.cancel();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  @DisplayName(
      "B2 a task that blocks is interrupted, once, and the flag is clear when call has thrown")
  void call_blocked_isInterruptedOnce() {
    var blocked = new CountDownLatch(1);
    Future<?> canceling = Threads.start(() -> {
      Threads.await(blocked);
      ctx.cancel(why);
    });
    var interrupts = new AtomicInteger();

    assertThatThrownBy(() -> ctx.call(() -> {
          blocked.countDown();
          try {
            return forEver();
          } catch (InterruptedException e) {
            interrupts.incrementAndGet();
          }
          Threads.join(canceling); // nobody is left who could interrupt again
          interrupts.addAndGet(Thread.interrupted() ? 1 : 0);
          throw new IOException("cut");
        }))
        .isInstanceOf(CanceledException.class)
        .hasCause(why)
        .satisfies(
            e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(IOException.class));
    assertThat(interrupts).hasValue(1);
  }

  @Test
  @DisplayName("B2 the deadline interrupts, by the tree's clock")
  void call_deadline_interrupts() {
    CancelCtx timed = ctx.withTimeout(Duration.ofSeconds(1));
    var blocked = new CountDownLatch(1);
    Future<?> clock = Threads.start(() -> {
      Threads.await(blocked);
      time.advance(Duration.ofSeconds(1));
    });

    assertThatThrownBy(() -> timed.run(() -> {
          blocked.countDown();
          forEver();
        }))
        .isInstanceOf(DeadlineExceededException.class)
        .satisfies(e ->
            assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class))
        .satisfies(e -> assertThat(e.getStackTrace()).isNotEmpty());
    Threads.join(clock);
  }

  @Test
  @DisplayName(
      "B1 a task that cancels its own context: the flag is set while it runs, and clear afterwards")
  void call_cancelsItself_leavesNoInterrupt() {
    boolean inside = ctx.call(() -> {
      ctx.cancel();
      return Thread.currentThread().isInterrupted();
    });

    assertThat(inside).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  @DisplayName("B1 a task that sets the flag again after ours has come leaves none of ours")
  void call_restoresTheFlag_leavesNoInterrupt() {
    assertThatThrownBy(() -> ctx.run(() -> {
          ctx.cancel();
          try {
            forEver();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
          }
        }))
        .isInstanceOf(CanceledException.class);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  @DisplayName("B3 an interrupt of somebody else's, before or in the task, is kept")
  void call_foreignInterrupt_isKept() {
    Thread.currentThread().interrupt();
    boolean inside = ctx.call(() -> Thread.currentThread().isInterrupted());
    assertThat(inside).isTrue();
    assertThat(Thread.interrupted()).isTrue();

    ctx.run(() -> Thread.currentThread().interrupt());
    assertThat(Thread.interrupted()).isTrue();

    Ctx.background().run(() -> Thread.currentThread().interrupt());
    assertThat(Thread.interrupted()).isTrue();

    assertThatThrownBy(() -> ctx.run(() -> {
          Thread.currentThread().interrupt();
          forEver();
        }))
        .isExactlyInstanceOf(InterruptedException.class);
  }

  @Test
  @DisplayName("B4 live: what the task throws comes out as it is, checked or not")
  void call_live_throwsWhatTheTaskThrows() {
    var checked = new IOException();
    var unchecked = new IllegalStateException();

    assertThatThrownBy(() -> ctx.run(() -> {
          throw checked;
        }))
        .isSameAs(checked)
        .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
    assertThatThrownBy(() -> ctx.run(() -> {
          throw unchecked;
        }))
        .isSameAs(unchecked);
  }

  @Test
  @DisplayName("B4 done, an exception: ctx's own, with what the task threw as suppressed")
  void call_done_throwsCtxsError() {
    for (Throwable thrown : new Throwable[] {
      new IOException(), new IllegalStateException(), new InterruptedException(), new Throwable()
    }) {
      CancelCtx each = ctx.withCancel();
      assertThatThrownBy(() -> each.run(() -> {
            each.cancel(why);
            Uncaught.sneak(thrown);
          }))
          .isInstanceOf(CanceledException.class)
          .isNotSameAs(each.err())
          .hasMessage("context canceled")
          .hasCause(why)
          .hasSuppressedException(thrown);
    }
  }

  @Test
  @DisplayName("B4 done: an Error, and a CtxException, come out as they are")
  void call_done_errorsComeOutAsTheyAre() {
    CancelCtx other = Ctx.background().withCancel();
    other.cancel();
    CtxException end = requireNonNull(other.err());
    for (Throwable thrown :
        new Throwable[] {new StackOverflowError(), new AssertionError(), end, end.copy()}) {
      CancelCtx each = ctx.withCancel();
      assertThatThrownBy(() -> each.run(() -> {
            each.cancel();
            Uncaught.sneak(thrown);
          }))
          .isSameAs(thrown)
          .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @Test
  @DisplayName("B4 done: a result that comes all the same is returned")
  void call_done_returnsTheResult() {
    String result = ctx.call(() -> {
      ctx.cancel();
      return "all the same";
    });
    assertThat(result).isEqualTo("all the same");
  }

  @Test
  @DisplayName("B5 done before: the task is not run, and an interrupt of somebody else's stays")
  void call_doneBefore_isNotRun() {
    var ran = new AtomicInteger();
    ctx.cancel(why);
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> ctx.run(ran::incrementAndGet))
        .isInstanceOf(CanceledException.class)
        .isNotSameAs(ctx.err())
        .hasCause(why);
    assertThatThrownBy(() -> ctx.withValue(CtxKey.named("k"), 1).call(ran::incrementAndGet))
        .isInstanceOf(CanceledException.class);

    assertThat(ran).hasValue(0);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  @DisplayName("B5 a deadline that had passed when the context was made: the task is not run")
  void call_timeoutOfZero_isNotRun() {
    var ran = new AtomicInteger();

    assertThatThrownBy(() -> ctx.withTimeout(Duration.ZERO).run(ran::incrementAndGet))
        .isInstanceOf(DeadlineExceededException.class);

    assertThat(ran).hasValue(0);
  }

  @Test
  @DisplayName("B1 a live context holds nothing of a call that has ended")
  void call_ended_isNotHeld() {
    WeakReference<Object> task = Memory.weak(() -> {
      Object own = new Object();
      ctx.call(own::hashCode);
      return own;
    });

    assertThat(Memory.isCollected(task)).isTrue();
  }

  @Test
  @DisplayName("B2 one context interrupts all who run under it")
  void call_onManyThreads_interruptsAll() {
    int threads = 8;
    var running = new CountDownLatch(threads);
    var cut = new AtomicInteger();
    var each = new Future<?>[threads];
    for (int i = 0; i < threads; i++) {
      each[i] = Threads.start(() -> {
        try {
          ctx.run(() -> {
            running.countDown();
            forEver();
          });
        } catch (CanceledException e) {
          cut.incrementAndGet();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      });
    }
    Threads.await(running);

    ctx.cancel();

    for (Future<?> thread : each) {
      Threads.join(thread);
    }
    assertThat(cut).hasValue(threads);
  }

  /** Its closing is part of {@link Thread#interrupt()}, if a thread has begun to use it. */
  private static final class Channel extends AbstractInterruptibleChannel {
    private final CountDownLatch mayClose = new CountDownLatch(1);

    void use() {
      begin();
    }

    @Override
    protected void implCloseChannel() {
      Threads.await(mayClose);
    }
  }

  @Test
  @DisplayName("B1 the task ends while interrupt() is under way: call returns after that")
  void call_interruptUnderWay_waitsForIt() throws Exception {
    var channel = new Channel();
    var using = new CountDownLatch(1);
    var runner = new Thread(() -> ctx.run(() -> {
      channel.use();
      using.countDown();
      while (!Thread.currentThread().isInterrupted()) {
        Thread.onSpinWait();
      }
    }));
    runner.start();
    Threads.await(using);
    Future<?> canceling = Threads.start(ctx::cancel);

    Threads.until(() -> Arrays.stream(runner.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("awaitDelivered")));
    channel.mayClose.countDown();

    Threads.join(canceling);
    runner.join(30_000);
    assertThat(runner.isAlive()).isFalse();
  }
}

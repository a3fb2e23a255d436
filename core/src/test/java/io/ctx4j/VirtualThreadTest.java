package io.ctx4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** On virtual threads all is the same, and a hundred thousand that wait hold no carrier. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadTest {
  private static final int THREADS = 100_000;

  private final ExecutorService virtual = newThreadPerTask();
  private final List<Future<?>> running = new ArrayList<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger strays = new AtomicInteger();

  /** Not there on the JDK that this is compiled for. */
  private static ExecutorService newThreadPerTask() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no virtual threads", e);
    }
  }

  @AfterEach
  void shutDown() {
    virtual.shutdownNow();
  }

  private void startAll(Ctx.Action<Exception> body) {
    for (int i = 0; i < THREADS; i++) {
      running.add(virtual.submit(() -> {
        try {
          body.run();
        } catch (CtxException e) {
          ended.incrementAndGet();
        }
        strays.addAndGet(Thread.interrupted() ? 1 : 0);
        return null;
      }));
    }
  }

  private void joinAll() {
    running.forEach(Threads::join);
    assertThat(strays).hasValue(0);
  }

  @Test
  @DisplayName("B6 a hundred thousand await one context, and all return")
  void await_many_allReturn() {
    CancelCtx ctx = Ctx.background().withCancel();
    var started = new CountDownLatch(THREADS);
    startAll(() -> {
      started.countDown();
      ctx.await();
      ended.incrementAndGet();
    });
    Threads.await(started); // all of them at once: none holds a carrier

    ctx.cancel();

    joinAll();
    assertThat(ended).hasValue(THREADS);
  }

  @Test
  @DisplayName("B6 a hundred thousand sleep until a clock is moved, or their context ends")
  void sleep_many_allEnd() {
    var time = new ManualTime();
    CancelCtx ctx = Ctx.root(time).withCancel();
    var asleep = new AtomicInteger();
    var first = new AtomicInteger();
    startAll(() -> {
      boolean sleepsOn = first.getAndIncrement() % 2 == 0;
      asleep.incrementAndGet();
      ctx.sleep(Duration.ofSeconds(sleepsOn ? 1_000_000 : 1));
    });
    Threads.until(() -> asleep.get() == THREADS);
    while (running.stream().filter(each -> !each.isDone()).count() > THREADS / 2) {
      time.advance(Duration.ofSeconds(1)); // some have counted themselves and are not yet asleep
    }
    ctx.cancel();

    joinAll();
    assertThat(ended).hasValue(THREADS / 2);
  }

  @Test
  @DisplayName("B1, B3 a hundred thousand tasks are interrupted, and no thread keeps an interrupt")
  void call_many_noStray() {
    var started = new CountDownLatch(THREADS);
    CancelCtx ctx = Ctx.background().withCancel();
    startAll(() -> ctx.run(() -> {
      started.countDown();
      new CountDownLatch(1).await();
    }));
    Threads.await(started);

    ctx.cancel();

    joinAll();
    assertThat(ended).hasValue(THREADS);
  }

  @Test
  @DisplayName("B1 a hundred thousand tasks end while their contexts do: no stray interrupt")
  void call_racesWithItsEnd_noStray() {
    CancelCtx root = Ctx.background().withCancel();
    startAll(() -> {
      CancelCtx ctx = root.withCancel();
      Future<?> canceling = virtual.submit(() -> ctx.cancel());
      try {
        ctx.run(Thread::onSpinWait);
      } finally {
        canceling.get();
      }
    });

    joinAll();
    assertThat(root.tree().lines()).hasSize(1);
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** On threads that must not block, bind does not, whatever else goes on in the tree. */
@Tag("process")
class BlockHoundTest {
  /**
   * Whose threads are younger than BlockHound: it may let one block that was waiting as it was
   * installed.
   */
  private static Scheduler threads;

  private final CancelCtx root = Ctx.background().withCancel();

  @BeforeAll
  static void install() {
    BlockHound.install();
    threads = Schedulers.newParallel("non-blocking", 4);
  }

  @AfterAll
  static void end() {
    threads.dispose();
  }

  /** Runs the body on a thread that must not block; its errors are thrown here. */
  private static void nonBlocking(Runnable body) {
    Mono.fromRunnable(body).subscribeOn(threads).block(Duration.ofSeconds(Threads.STUCK_SECONDS));
  }

  @Test
  @DisplayName("R10 BlockHound is at work: the test can tell")
  void blocking_isFound() {
    assertThatThrownBy(() -> nonBlocking(() -> {
          try {
            Thread.sleep(1);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }))
        .hasRootCauseInstanceOf(BlockingOperationError.class);
  }

  @Test
  @DisplayName("B6 await and sleep block, on purpose: that is found, and nothing stays registered")
  void await_isFound() {
    CancelCtx ctx = root.withTimeout(Duration.ofHours(1));
    List<Ctx.Action<InterruptedException>> blocking = List.of(
        ctx::await,
        () -> ctx.await(Duration.ofHours(1)),
        () -> ctx.sleep(Duration.ofHours(1)),
        () -> ctx.run(ctx::await));
    for (Ctx.Action<InterruptedException> each : blocking) {
      assertThatThrownBy(() -> nonBlocking(() -> {
            try {
              each.run();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }))
          .hasRootCauseInstanceOf(BlockingOperationError.class);
    }
    ctx.cancel();
    nonBlocking(() -> assertThat(Thread.currentThread().isInterrupted()).isFalse());
  }

  @Test
  @DisplayName("B1 a call of what does not block does not block")
  void call_doesNotBlock() {
    nonBlocking(() -> {
      CancelCtx ctx = root.withCancel();
      assertThat(ctx.<String, RuntimeException>call(() -> "result")).isEqualTo("result");
      ctx.run(ctx::cancel);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    });
  }

  @Test
  @DisplayName("R10 binding, running, ending and being cut does not block")
  void bind_doesNotBlock() {
    nonBlocking(() -> {
      CancelCtx ctx = root.withTimeout(Duration.ofHours(1));
      Source<Integer> source = new Source<>();
      var cut = Probe.on(source.transform(CtxOps.bind(ctx)));
      source.emit(1, 2);
      var canceled = Probe.on(source.transform(CtxOps.bind(ctx)));
      canceled.cancel();
      var completed = Probe.on(Flux.range(1, 3).transform(CtxOps.bind(ctx)));
      ctx.cancel();
      cut.assertSignals(1, 2, "cut");
      completed.assertSignals(1, 2, 3, "complete");
      Probe.on(source.transform(CtxOps.bind(ctx))).assertSignals("cut");
    });
  }

  @Test
  @DisplayName("R10 R4 to end a stream whose element is on its way elsewhere does not block")
  void cancel_elementOnItsWay_doesNotBlock() {
    Source<Integer> source = new Source<>();
    var entered = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var probe = Probe.on(source.transform(CtxOps.bind(root)));
    probe.inNext = () -> {
      entered.countDown();
      Threads.await(goOn);
    };
    List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    Future<?> emitting = Threads.start(() -> source.emit(1));
    Threads.await(entered);

    nonBlocking(() -> {
      Thread here = Thread.currentThread();
      Thread.UncaughtExceptionHandler before = here.getUncaughtExceptionHandler();
      here.setUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
      root.cancel(); // what a listener throws goes to the handler
      here.setUncaughtExceptionHandler(before);
    });

    goOn.countDown();
    Threads.join(emitting);
    Threads.await(probe.ended);
    probe.assertSignals(1, "cut");
    assertThat(uncaught).isEmpty();
  }

  @Test
  @DisplayName(
      "R10 R1 to subscribe while a context that ends gives the subscription does not block")
  void subscribe_whileTheEndSubscribes_doesNotBlock() {
    var entered = new CountDownLatch(1);
    var refused = new CountDownLatch(1);
    Source<Integer> late = new Source<>();
    late.inCancel = refused::countDown;
    Flux<Integer> source = new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Integer> actual) {
        new Thread(root::cancel).start();
        while (entered.getCount() > 0) { // on this thread there is no other way to wait
          assertThat(late.subscribed).hasValue(0);
        }
        late.subscribe(actual);
      }
    };
    var probe = Probe.<Integer>of(1);
    var looks = new AtomicInteger();
    probe.inSubscribe = () -> {
      entered.countDown();
      Threads.await(refused);
      Threads.until(() -> looks.getAndIncrement() > 2_050); // so that the other thread waits
    };

    nonBlocking(() -> probe.to(source.transform(CtxOps.bind(root))));

    Threads.await(probe.ended);
    probe.assertSignals("cut");
  }

  @Test
  @DisplayName("R11 withTimeout does not block: with a child, its timer, and the end of both")
  void withTimeout_doesNotBlock() {
    nonBlocking(() -> {
      Source<Integer> source = new Source<>();
      for (int i = 0; i < 100; i++) {
        var probe = Probe.on(source
            .transform(CtxOps.withTimeout(Duration.ofHours(1)))
            .contextWrite(CtxOps.put(root)));
        if (i % 2 == 0) {
          probe.cancel();
        } else {
          source.emit(i).complete();
        }
      }
      var cut = Probe.on(
          source.transform(CtxOps.withTimeout(Duration.ofHours(1))).contextWrite(CtxOps.put(root)));
      root.cancel();
      cut.assertSignals("cut");
    });
  }

  @Test
  @DisplayName(
      "R10 subscribing and canceling on several threads at once does not block any of them")
  void contended_doesNotBlock() {
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      running.add(Threads.start(() -> nonBlocking(() -> {
        for (int i = 0; i < 2_000; i++) {
          CancelCtx ctx = root.withCancel();
          CancelCtx child = ctx.withCancel();
          Source<Integer> source = new Source<>();
          Probe<Integer> probe = Probe.on(source.transform(CtxOps.bind(child)));
          Probe<Integer> timed = Probe.on(source
              .transform(CtxOps.withTimeout(Duration.ofMinutes(1)))
              .contextWrite(CtxOps.put(ctx)));
          if (i % 2 == 0) {
            probe.cancel();
            timed.cancel();
          }
          ctx.cancel();
        }
      })));
    }
    running.forEach(Threads::join);
    assertThat(root.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("R10 many threads that cancel one tree at once do not block each other")
  void contendedCancel_doesNotBlock() {
    for (int round = 0; round < 50; round++) {
      CancelCtx ctx = root.withCancel();
      List<Probe<Integer>> probes = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        probes.add(Probe.on(Flux.<Integer>never().transform(CtxOps.bind(ctx.withCancel()))));
      }
      List<Future<?>> canceling = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        canceling.add(Threads.start(() -> nonBlocking(() -> {
          ctx.cancel();
          Probe.on(Flux.<Integer>never().transform(CtxOps.bind(ctx))).assertSignals("cut");
        })));
      }
      canceling.forEach(Threads::join);
      assertThat(probes).allMatch(Probe::isCut);
    }
  }

  @Test
  @DisplayName(
      "R14 a deadline on a Reactor scheduler is set, fires and ends a stream without blocking")
  void schedulerTime_doesNotBlock() {
    Ctx timed = Ctx.root(CtxOps.timeSource(threads));
    var probe = Probe.<Integer>of(1);

    nonBlocking(() -> probe.to(
        Flux.<Integer>never().transform(CtxOps.bind(timed.withTimeout(Duration.ofMillis(1))))));

    Threads.await(probe.ended);
    probe.assertSignals("cut");
  }
}

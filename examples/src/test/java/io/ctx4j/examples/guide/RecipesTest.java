package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.reactor.CtxThread;
import io.ctx4j.testing.OwnThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.FlowAdapters;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What the recipes promise. */
class RecipesTest implements OwnThread {
  private static final Duration STUCK = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final CountDownLatch never = new CountDownLatch(1);

  private Object block() throws InterruptedException {
    never.await();
    return "never";
  }

  @Override
  public void afterOnItsThread() {
    assertThat(Thread.interrupted()).isFalse();
  }

  @AfterEach
  void end() throws InterruptedException {
    ctx.cancel();
    threads.shutdownNow();
    assertThat(threads.awaitTermination(STUCK.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  // region manualTime
  @Test
  void poll_deadlinePasses_throws() throws Exception {
    var time = new ManualTime();
    CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(1));
    Future<Boolean> polling = threads.submit(() -> BlockingGuide.poll(ctx, () -> false));

    time.advance(Duration.ofSeconds(1)); // nobody sleeps: the clock is moved

    assertThatThrownBy(polling::get).hasCauseInstanceOf(DeadlineExceededException.class);
  }

  // endregion

  private final CountDownLatch soon = new CountDownLatch(1);

  // region virtualTime
  @Test
  void hourly_virtualTime_ends() {
    StepVerifier.withVirtualTime(() -> {
          Ctx root = Ctx.root(CtxOps.timeSource(Schedulers.parallel())); // the virtual one's, here
          CtxOps.done(root.withTimeout(Duration.ofMinutes(59)))
              .subscribe(null, null, soon::countDown);
          return Mono.never().transform(CtxOps.withTimeout(Duration.ofHours(1))); // needs no root
        })
        .thenAwait(Duration.ofMinutes(59))
        .then(() -> assertThat(soon.getCount()).isZero())
        .thenAwait(Duration.ofMinutes(1))
        .verifyError(DeadlineExceededException.class);
  }

  // endregion

  @Test
  @DisplayName("a lock: interrupted once ctx is done")
  void lock_ctxDone_ends() throws Exception {
    var lock = new ReentrantLock();
    lock.lock();
    Future<?> locking = threads.submit(() -> {
      ctx.run(lock::lockInterruptibly);
      return null;
    });

    ctx.cancel();

    assertThatThrownBy(locking::get).hasCauseInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("CtxThread.open shows ctx to what runs within, and makes nothing end")
  void open_showsCtx() {
    try (var scope = CtxThread.open(ctx)) {
      assertThat(scope).isNotNull();
      assertThat(CtxThread.current().isDone()).isFalse();
      ctx.cancel();
      assertThat(Mono.just("still").block()).isEqualTo("still");
      assertThatThrownBy(() -> Mono.never().transform(CtxOps.bind(ctx)).block())
          .isInstanceOf(CanceledException.class);
    }
  }

  @Test
  @DisplayName("take, permit: interrupted once ctx is done, and permits go back")
  void blocking_ctxDone_ends() throws Exception {
    var permits = new Semaphore(0);
    Future<?> taking = threads.submit(() -> BlockingGuide.take(ctx, new ArrayBlockingQueue<>(1)));
    Future<?> waiting = threads.submit(() -> BlockingGuide.limited(ctx, permits, () -> 1));
    Future<?> done = threads.submit(() -> {
      BlockingGuide.waitForTheEnd(ctx);
      return 0;
    });

    ctx.cancel();

    assertThatThrownBy(taking::get).hasCauseInstanceOf(CanceledException.class);
    assertThatThrownBy(waiting::get).hasCauseInstanceOf(CanceledException.class);
    assertThat(done.get()).isEqualTo(0);
    assertThat(permits.availablePermits()).isZero();
    assertThat(BlockingGuide.<Integer>limited(Ctx.background(), new Semaphore(1), () -> 2))
        .isEqualTo(2);
  }

  @Test
  @DisplayName("fan-out: both results, or the first failure")
  void page_bothOrTheFirstFailure() throws Exception {
    var page = BlockingGuide.page(ctx, threads, () -> "ada", () -> List.of("book"));
    assertThat(page).isEqualTo(new BlockingGuide.Page("ada", List.of("book")));

    var failure = new IOException("orders");
    assertThatThrownBy(() -> BlockingGuide.page(ctx, threads, () -> (String) block(), () -> {
          throw failure;
        }))
        .isInstanceOf(ExecutionException.class)
        .hasCause(failure);
  }

  @Test
  @DisplayName("hedge: the second answers, and the first is interrupted before it returns")
  void hedged_firstIsSlow_secondAnswers() throws Exception {
    var calls = new AtomicInteger();
    var interrupted = new AtomicInteger();
    String answer = BlockingGuide.hedged(ctx, threads, Duration.ofMillis(5), () -> {
      if (calls.incrementAndGet() == 2) {
        return "second";
      }
      try {
        return (String) block();
      } catch (InterruptedException e) {
        interrupted.incrementAndGet();
        throw e;
      }
    });

    assertThat(answer).isEqualTo("second");
    assertThat(interrupted).hasValue(1);
    assertThat(BlockingGuide.<String>hedged(ctx, threads, STUCK, () -> "first")).isEqualTo("first");
  }

  @Test
  @DisplayName("margin: there is time left for the answer; share: a part of what is left")
  void margin_leavesTime() throws Exception {
    CancelCtx request = ctx.withTimeout(Duration.ofMillis(100));
    assertThat(BlockingGuide.answer(request, () -> (String) block(), "later")).isEqualTo("later");
    assertThat(BlockingGuide.answer(Ctx.background(), () -> "now", "later")).isEqualTo("now");

    var root = Ctx.root(new ManualTime());
    assertThat(BlockingGuide.share(root.withTimeout(Duration.ofSeconds(9)), 3).remaining())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(BlockingGuide.share(root, 3).deadline()).isNull();
  }

  @Test
  @DisplayName("clean-up runs though ctx is over, and its own failure is told")
  void cleanUp_ctxDone_runs() {
    var aborted = new AtomicInteger();
    assertThatThrownBy(() -> BlockingGuide.upload(
            ctx,
            () -> {
              ctx.cancel();
              throw new IOException("closed");
            },
            aborted::incrementAndGet))
        .isInstanceOf(CanceledException.class)
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(aborted).hasValue(1);
  }

  @Test
  @DisplayName("work that outlives its request has its values, and an end of its own")
  void auditLater_ctxDone_runs() throws Exception {
    CtxKey<String> user = CtxKey.named("user");
    var seen = new CompletableFuture<Ctx>();
    ctx.cancel();

    BlockingGuide.auditLater(
        ctx.withValue(user, "ada"),
        threads,
        own -> seen.complete(own.isDone() ? Ctx.background() : own));

    Ctx own = seen.get(STUCK.toSeconds(), TimeUnit.SECONDS);
    assertThat(own.value(user)).isEqualTo("ada");
    assertThat(own.deadline()).isNotNull();
  }

  @Test
  @DisplayName("a message loop ends at shutdown, and each message has a context of its own")
  void consume_rootEnds_throws() {
    var messages = new ArrayBlockingQueue<String>(2);
    messages.add("one");
    messages.add("two");
    List<String> seen = new ArrayList<>();
    assertThatThrownBy(() -> BlockingGuide.consume(ctx, messages, (own, message) -> {
          seen.add(message + (own.deadline() != null));
          if (message.equals("two")) {
            ctx.cancel();
            own.await();
          }
        }))
        .isInstanceOf(CtxException.class);
    assertThat(seen).containsExactly("onetrue", "twotrue");
  }

  @Test
  @DisplayName(
      "reactive fan-out: the first error, and its siblings are canceled; doOnError(cancel) loses it")
  void sum_firstError_isTold() {
    var canceled = new AtomicInteger();
    Mono<Integer> slow = Mono.<Integer>never().doOnCancel(canceled::incrementAndGet);
    assertThatThrownBy(() -> StreamGuide.sum(
                ctx, List.of(slow, Mono.error(new IOException("first"))))
            .block(STUCK))
        .hasRootCauseMessage("first");
    assertThat(canceled).hasValue(1);
    assertThat(StreamGuide.sum(ctx, List.of(Mono.just(1), Mono.just(2))).block(STUCK))
        .isEqualTo(3);

    CancelCtx group = ctx.withCancel(); // the wrong way
    Flux<Integer> wrong = Flux.merge(
            slow, Mono.<Integer>error(new IOException("first")).doOnError(group::cancel))
        .transform(CtxOps.bind(group));
    assertThatThrownBy(() -> wrong.blockLast(STUCK)).isInstanceOf(CanceledException.class);

    CancelCtx other = ctx.withCancel(); // the right place
    Flux<Integer> right = Flux.merge(slow, Mono.<Integer>error(new IOException("first")))
        .doOnError(other::cancel)
        .transform(CtxOps.bind(ctx));
    assertThatThrownBy(() -> right.blockLast(STUCK)).hasRootCauseMessage("first");
    assertThat(other.cause()).hasMessage("first");
  }

  @Test
  @DisplayName("a shared load survives a caller that leaves, and sees no caller's values")
  void shared_callerLeaves_isNotPoisoned() {
    var loads = new AtomicInteger();
    var mayAnswer = reactor.core.publisher.Sinks.<String>one();
    Mono<String> shared = StreamGuide.shared(Mono.deferContextual(view -> {
      loads.incrementAndGet();
      assertThat(view.<Object>getOrEmpty(io.ctx4j.CtxKey.class)).isEmpty();
      return mayAnswer.asMono();
    }));
    CancelCtx impatient = ctx.withCancel();
    var first = StreamGuide.mine(impatient, shared).toFuture();
    var second = StreamGuide.mine(ctx, shared).toFuture();
    impatient.cancel();
    assertThat(first).isCompletedExceptionally();
    mayAnswer.tryEmitValue("loaded").orThrow();

    assertThat(second.join()).isEqualTo("loaded");
    assertThat(StreamGuide.mine(ctx, shared).block(STUCK)).isEqualTo("loaded");
    assertThat(loads).hasValue(1);
  }

  @Test
  @DisplayName("usingWhen: cut inside, so the rollback is waited for")
  void inTransaction_cut_rollsBackFirst() {
    List<String> events = new ArrayList<>();
    Mono<String> work = StreamGuide.inTransaction(
        ctx,
        Mono.just("tx"),
        tx -> Mono.<String>never().doOnSubscribe(s -> threads.execute(() -> ctx.cancel())),
        tx -> Mono.fromRunnable(() -> events.add("commit")),
        tx -> Mono.fromRunnable(() -> events.add("rollback")));
    assertThatThrownBy(() -> work.doOnError(e -> events.add("told")).block(STUCK))
        .isInstanceOf(CanceledException.class);
    assertThat(events).containsExactly("rollback", "told");
  }

  @Test
  @DisplayName("retry: what comes in the end; schedule and flow are bound")
  void streams_areBound() {
    var attempts = new AtomicInteger();
    assertThat(StreamGuide.patient(ctx, Mono.fromCallable(() -> {
              if (attempts.incrementAndGet() < 3) {
                throw new IOException("busy");
              }
              return "ok";
            }))
            .block(STUCK))
        .isEqualTo("ok");
    CancelCtx done = ctx.withCancel();
    done.cancel();
    assertThatThrownBy(() -> StreamGuide.everyMinute(done, Mono.empty()).blockLast(STUCK))
        .isInstanceOf(CanceledException.class);
    try (var flow = new SubmissionPublisher<String>()) {
      assertThatThrownBy(() ->
              Flux.from(FlowAdapters.toPublisher(StreamGuide.bound(done, flow))).blockLast(STUCK))
          .isInstanceOf(CanceledException.class);
    }
  }
}

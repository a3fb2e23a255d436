package io.ctx4j.stress;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.rxjava3.RxCtxOps;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.schedulers.TestScheduler;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * The turns of a soak: each leaves nothing behind on the parents, which live as long as it goes on.
 */
@SuppressWarnings({"CheckReturnValue", "FutureReturnValueIgnored"}) // much is dropped on purpose
final class SoakTurns implements AutoCloseable {
  private static final CtxKey<Object> KEY = CtxKey.named("key");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(1);

  /** So that what waits for its deadline is not itself a heap that grows. */
  private final Semaphore expiring = new Semaphore(200);

  private final Executor elsewhere = ForkJoinPool.commonPool();
  private final CancelCtx application = Ctx.background().withName("application").withCancel();
  private final CancelCtx timed = Ctx.background().withTimeout(Duration.ofDays(1));
  private final VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
  private final TestScheduler test = new TestScheduler();
  private final CancelCtx onReactor = root(CtxOps.timeSource(virtual));
  private final CancelCtx onRxJava = root(RxCtxOps.timeSource(test));
  private final List<CancelCtx> parents =
      List.of(application, timed, onReactor, onRxJava, application.withTimeout(Duration.ofDays(1)));

  private final List<Consumer<Ctx>> turns = List.of(
      parent -> parent.withCancel().close(),
      parent -> parent.withTimeout(HOUR, Exception::new).cancel(new Exception("why")),
      SoakTurns::subtree,
      SoakTurns::callbacks,
      this::merges,
      this::expires,
      this::endsElsewhere,
      SoakTurns::subscribes,
      SoakTurns::flux,
      SoakTurns::mono,
      this::fluxElsewhere,
      SoakTurns::fluxRetried,
      this::monoExpires,
      SoakTurns::rxItems,
      SoakTurns::rxValues,
      this::rxExpires);

  private static CancelCtx root(TimeSource time) {
    return Ctx.root(time).withCancel();
  }

  void take(SplittableRandom random) {
    turns.get(random.nextInt(turns.size())).accept(parents.get(random.nextInt(parents.size())));
    if (random.nextInt(1_000) == 0) { // virtual clocks are not for several threads
      synchronized (this) {
        virtual.advanceTimeBy(SOON);
        test.advanceTimeBy(1, TimeUnit.MILLISECONDS);
      }
    }
  }

  private static void subtree(Ctx parent) {
    try (CancelCtx top = parent.withValue(KEY, parent).withName("top").withCancel()) {
      for (int i = 0; i < 4; i++) {
        Ctx child = top.withTimeout(HOUR).withValue(KEY, top);
        child.withCancel().onDone(() -> {});
        child.withoutCancel().withCancel().onDone(() -> {});
      }
      top.tree();
    }
  }

  private static void callbacks(Ctx parent) {
    Ctx.Registration first = parent.onDone(() -> {});
    Ctx.Registration second = parent.onDone(() -> {}, Runnable::run);
    parent.onDone(() -> {}).unregister();
    second.unregister();
    first.unregister();
  }

  private void merges(Ctx parent) {
    Ctx.merge(parent, application, timed).close();
    CancelCtx ends = application.withCancel();
    Ctx.merge(timed, parent, ends).withCancel().onDone(() -> {});
    ends.cancel();
  }

  /** Ended by nobody: by its own deadline, on the system's timer. */
  private void expires(Ctx parent) {
    if (expiring.tryAcquire()) {
      Ctx ends = Ctx.background().withTimeout(SOON, Exception::new);
      Ctx.merge(ends, parent).withValue(KEY, parent).withCancel().onDone(expiring::release);
    }
  }

  private void endsElsewhere(Ctx parent) {
    if (expiring.tryAcquire()) {
      CancelCtx ctx = parent.withTimeout(HOUR);
      ctx.onDone(expiring::release, elsewhere);
      elsewhere.execute(ctx::cancel);
      ctx.withCancel().onDone(() -> {});
    }
  }

  private static void subscribes(Ctx parent) {
    Flux.from(parent.done()).subscribe().dispose();
    Flux.range(0, 3).takeUntilOther(parent.done()).subscribe();
    Flowable.range(0, 3).takeUntil(parent.done()).subscribe();
    RxCtxOps.done(parent).subscribe().dispose();
    CtxOps.done(parent).subscribe().dispose();
  }

  private static void flux(Ctx parent) {
    Flux.range(0, 5).hide().transform(CtxOps.bind(parent)).subscribe();
    Flux.range(0, 5)
        .transform(CtxOps.bind(parent))
        .map(i -> i + 1)
        .filter(i -> i > 2)
        .subscribe();
    Flux.never().transform(CtxOps.bind(parent)).subscribe().dispose();
    try (CancelCtx ctx = parent.withCancel()) {
      Flux.never().transform(CtxOps.bind(ctx)).onErrorComplete().subscribe();
      Flux.just(1, 2, 3)
          .doOnNext(i -> ctx.cancel())
          .transform(CtxOps.bind(ctx))
          .onErrorComplete()
          .subscribe();
    }
  }

  private static void mono(Ctx parent) {
    Mono.fromSupplier(() -> 1).transform(CtxOps.bind(parent)).subscribe();
    Mono.error(new IllegalStateException())
        .transform(CtxOps.bind(parent))
        .onErrorComplete()
        .subscribe();
    Mono.deferContextual(view -> Mono.just(CtxOps.get(view)))
        .transform(CtxOps.withTimeout(HOUR))
        .transform(CtxOps.detach())
        .contextWrite(CtxOps.put(parent))
        .subscribe();
    Mono.never()
        .transform(CtxOps.withTimeout(HOUR))
        .contextWrite(CtxOps.put(parent))
        .subscribe()
        .dispose();
  }

  private void fluxElsewhere(Ctx parent) {
    if (expiring.tryAcquire()) {
      CancelCtx ctx = parent.withCancel();
      Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
      source
          .asFlux()
          .transform(CtxOps.bind(ctx))
          .doOnTerminate(expiring::release)
          .onErrorComplete()
          .subscribe();
      elsewhere.execute(ctx::close);
      source.tryEmitNext(1);
    }
  }

  private static void fluxRetried(Ctx parent) {
    Flux.error(new IllegalStateException())
        .transform(CtxOps.withTimeout(HOUR))
        .retry(3)
        .onErrorComplete()
        .contextWrite(CtxOps.put(parent))
        .subscribe();
  }

  private void monoExpires(Ctx parent) {
    if (expiring.tryAcquire()) {
      Mono.never()
          .transform(CtxOps.withTimeout(SOON))
          .onErrorComplete()
          .doOnTerminate(expiring::release)
          .contextWrite(CtxOps.put(Ctx.background().withValue(KEY, parent)))
          .subscribe();
    }
  }

  private static void rxItems(Ctx parent) {
    Flowable.range(0, 5).compose(RxCtxOps.bind(parent)).subscribe();
    Observable.range(0, 5).hide().compose(RxCtxOps.bind(parent)).subscribe();
    Observable.never().compose(RxCtxOps.withTimeout(parent, HOUR)).subscribe().dispose();
    try (CancelCtx ctx = parent.withCancel()) {
      Flowable.never().compose(RxCtxOps.bind(ctx)).onErrorComplete().subscribe();
      Observable.just(1, 2)
          .doOnNext(i -> ctx.cancel())
          .compose(RxCtxOps.bind(ctx))
          .onErrorComplete()
          .subscribe();
    }
  }

  private static void rxValues(Ctx parent) {
    Single.just(1).hide().compose(RxCtxOps.bind(parent)).subscribe();
    Maybe.empty().hide().compose(RxCtxOps.withTimeout(parent, HOUR)).subscribe();
    try (CancelCtx ctx = parent.withCancel()) {
      Single.never().compose(RxCtxOps.bind(ctx)).onErrorComplete().subscribe();
      Maybe.never().compose(RxCtxOps.bind(ctx)).onErrorComplete().subscribe();
      Completable.never().compose(RxCtxOps.bind(ctx)).onErrorComplete().subscribe();
    }
    Completable.never().compose(RxCtxOps.bind(parent)).subscribe().dispose();
  }

  private void rxExpires(Ctx parent) {
    if (expiring.tryAcquire()) {
      Single.never()
          .compose(RxCtxOps.withTimeout(Ctx.background().withValue(KEY, parent), SOON))
          .onErrorComplete()
          .doOnTerminate(expiring::release)
          .subscribe();
    }
  }

  @Override
  public void close() {
    for (CancelCtx parent : parents) {
      parent.close();
    }
  }
}

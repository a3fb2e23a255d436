package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Sources that come late with their subscription, or never, and sources that block. */
class LateSourceTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source<Integer> source = new Source<>();

  @Test
  @DisplayName("R1 a source that never calls onSubscribe is cut all the same")
  void cancel_neverSubscribed_isTold() {
    Publisher<Integer> silent = subscriber -> {};
    var probe = Probe.on(Flux.from(silent).transform(CtxOps.bind(ctx)));
    var mono = Probe.on(Mono.fromDirect(silent).transform(CtxOps.bind(ctx)));
    assertThat(probe.signals()).isEmpty();

    ctx.cancel();

    probe.assertSignals("cut");
    mono.assertSignals("cut");
    assertThat(probe.error()).isNotSameAs(ctx.err()).isNotSameAs(mono.error());
  }

  @Test
  @DisplayName(
      "R1 a subscription that comes after the cut is canceled, and nothing of it gets through")
  void cancel_beforeOnSubscribe_cancelsLateSubscription() {
    var late = new IllegalStateException("late");
    try (var dropped = Dropped.everywhere()) {
      source.late = true;
      var probe = Probe.on(dropped.on(source.transform(CtxOps.bind(ctx))));
      ctx.cancel();
      probe.assertSignals("cut");

      source.join();

      assertThat(source.canceled).hasValue(1);
      assertThat(source.requests).isEmpty();
      source.emit(1).fail(late);
      probe.assertSignals("cut");
      assertThat(dropped.discarded).containsExactly(1);
      assertThat(dropped.errors).containsExactly(late);
    }
  }

  @Test
  @DisplayName("R1 a subscription that comes late and in time is passed on, and cut")
  void cancel_afterLateOnSubscribe_isTold() {
    source.late = true;
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)), 3);
    source.join();
    source.emit(1);

    ctx.cancel();

    probe.assertSignals(1, "cut");
    assertThat(source.requests).containsExactly(3L);
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R4 a second subscription is canceled, and the first goes on (§2.5)")
  void onSubscribe_twice_cancelsSecond() {
    var probe = Probe.on(source.transform(CtxOps.bind(ctx)));
    var second = new AtomicInteger();
    source.actual().onSubscribe(new org.reactivestreams.Subscription() {
      @Override
      public void request(long n) {}

      @Override
      public void cancel() {
        second.incrementAndGet();
      }
    });

    source.emit(1).complete();

    assertThat(second).hasValue(1);
    assertThat(source.canceled).hasValue(0);
    probe.assertSignals(1, "complete");
  }

  @Test
  @DisplayName("R1 a source that blocks inside subscribe: downstream is told on time")
  void cancel_whileSubscribeBlocks_isToldOnTime() {
    var blocked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var probe = Probe.<Integer>of(1);
    Flux<Integer> blocking = Flux.defer(() -> {
      blocked.countDown();
      Threads.await(goOn);
      return source;
    });
    Future<?> subscribing = Threads.start(() -> probe.to(blocking.transform(CtxOps.bind(ctx))));
    Threads.await(blocked);

    ctx.cancel();

    assertThat(probe.isCut()).isTrue();
    goOn.countDown();
    Threads.join(subscribing);
    probe.assertSignals("cut");
    assertThat(source.canceled).hasValue(1);
  }

  @Test
  @DisplayName("R1 a source that blocks inside request: downstream is told on time")
  void cancel_whileRequestBlocks_isToldOnTime() {
    var blocked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var dropped = Dropped.everywhere()) {
      var probe = Probe.<Integer>of(1);
      Mono<Integer> blocking = Mono.fromCallable(() -> {
        blocked.countDown();
        Threads.await(goOn);
        return 1;
      });
      Mono<Integer> bound =
          blocking.transform(CtxOps.bind(ctx)).doOnDiscard(Integer.class, dropped.discarded::add);
      Future<?> subscribing = Threads.start(() -> probe.to(bound));
      Threads.await(blocked);

      ctx.cancel();

      assertThat(probe.isCut()).isTrue();
      goOn.countDown();
      Threads.join(subscribing);
      probe.assertSignals("cut");
      assertThat(dropped.errors).isEmpty();
    }
  }

  @Test
  @DisplayName("R1 a source that blocks between two elements, inside request: told on time")
  void cancel_whileRequestBlocksLater_isToldOnTime() {
    var blocked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var dropped = Dropped.everywhere()) {
      source.inRequest = () -> {
        source.emit(1);
        blocked.countDown();
        Threads.await(goOn);
        source.emit(2).complete();
      };
      var probe = Probe.<Integer>of(10);
      Future<?> subscribing =
          Threads.start(() -> probe.to(dropped.on(source.transform(CtxOps.bind(ctx)))));
      Threads.await(blocked);

      ctx.cancel();

      assertThat(probe.isCut()).isTrue();
      goOn.countDown();
      Threads.join(subscribing);
      probe.assertSignals(1, "cut");
      assertThat(dropped.discarded).containsExactly(2);
    }
  }

  @Test
  @DisplayName("R1 a map above that blocks: downstream is told on time")
  void cancel_whileMapBlocks_isToldOnTime() {
    var blocked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var probe = Probe.<Integer>of(10);
    Flux<Integer> blocking = Flux.range(1, 3).map(i -> {
      if (i == 2) {
        blocked.countDown();
        Threads.await(goOn);
      }
      return i;
    });
    Future<?> subscribing = Threads.start(() -> probe.to(blocking.transform(CtxOps.bind(ctx))));
    Threads.await(blocked);

    ctx.cancel();

    assertThat(probe.isCut()).isTrue();
    goOn.countDown();
    Threads.join(subscribing);
    probe.assertSignals(1, "cut");
  }

  @Test
  @DisplayName("R1 a callable that blocks, bound inside a flatMap: downstream is told on time")
  void cancel_whileCallableBlocksInFlatMap_isToldOnTime() {
    var blocked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Mono<Integer> blocking = Mono.fromCallable(() -> {
      blocked.countDown();
      Threads.await(goOn);
      return 1;
    });
    var probe = Probe.<Integer>of(10);
    Flux<Integer> calls = Flux.just(0, 1).hide().flatMap(i -> blocking.transform(CtxOps.bind(ctx)));
    Future<?> subscribing = Threads.start(() -> probe.to(calls));
    Threads.await(blocked);

    ctx.cancel();

    boolean onTime = probe.isCut();
    goOn.countDown();
    Threads.join(subscribing);
    assertThat(onTime).isTrue();
    probe.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R3 a source that throws instead of subscribing: it comes out, and nothing stays behind")
  void subscribe_sourceThrows_leavesNothing() {
    var thrown = new IllegalStateException("no subscription");
    Flux<Integer> broken = new Flux<>() {
      @Override
      public void subscribe(reactor.core.CoreSubscriber<? super Integer> actual) {
        throw thrown;
      }
    };
    var probe = Probe.<Integer>of(1);
    Flux<Integer> bound = broken.transform(CtxOps.bind(ctx));

    assertThatThrownBy(() -> bound.subscribe((reactor.core.CoreSubscriber<Integer>) probe))
        .isSameAs(thrown);
    ctx.cancel();

    probe.assertSignals();
  }

  @Test
  @DisplayName("R3 a source that throws gives downstream that error, as without bind")
  void subscribe_sourceThrows_isAsWithoutBind() {
    Publisher<Integer> broken = subscriber -> {
      throw new IllegalStateException("no subscription");
    };
    var raw = Probe.on(Flux.from(broken));
    var probe = Probe.on(Flux.from(broken).transform(CtxOps.bind(ctx)));

    ctx.cancel();

    assertThat(probe.signals()).isEqualTo(raw.signals());
    assertThat(probe.breaches).containsExactlyElementsOf(raw.breaches);
  }
}

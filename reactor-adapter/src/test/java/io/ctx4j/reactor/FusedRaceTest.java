package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import io.ctx4j.testing.Threads;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** A context that is done while a fused stream is drained. */
@Tag("race")
class FusedRaceTest {
  private static final int ROUNDS = 20_000;

  private final Race.Outcomes outcomes = new Race.Outcomes();

  /** A bound stream before a consumer that drains it as a queue. */
  private final class Round {
    final CancelCtx ctx = Ctx.background().withCancel();
    final Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
    final Dropped dropped = new Dropped();
    final FusedProbe<Integer> probe;

    Round(long demand) {
      probe = new FusedProbe<>(Fuseable.ANY, new Probe<>(demand, dropped.hooks()));
    }

    Round subscribe() {
      return subscribe(sink.asFlux());
    }

    Round subscribe(Flux<Integer> source) {
      probe.to(source.transform(CtxOps.bind(ctx)));
      assertThat(probe.mode()).isEqualTo(Fuseable.ASYNC);
      return this;
    }

    void emit(int count) {
      for (int i = 0; i < count; i++) {
        sink.tryEmitNext(i);
      }
    }

    void requestFour() {
      for (int i = 0; i < 4; i++) {
        probe.request(1);
      }
    }

    void checkEnd() {
      checkSerial();
      assertThat(probe.out.isOver()).isTrue();
    }

    /** What came is a prefix, and none of it was discarded as well. */
    void checkSerial() {
      assertThat(probe.breaches).isEmpty();
      assertThat(probe.out.breaches).isEmpty();
      List<Object> elements = probe.out.signals();
      elements.removeIf(String.class::isInstance);
      for (int i = 0; i < elements.size(); i++) {
        assertThat(elements.get(i)).isEqualTo(i);
      }
      assertThat(dropped.discarded).noneMatch(elements::contains);
      assertThat(dropped.errors).isEmpty();
      assertThat(dropped.elements).isEmpty();
      outcomes.add(probe.out.isCut());
    }

    /** Each element was delivered or discarded; a unicast sink may discard one twice. */
    void checkAllOf(int count) {
      var all = new TreeSet<Object>(dropped.discarded);
      probe.out.signals().stream().filter(Integer.class::isInstance).forEach(all::add);
      assertThat(all).hasSize(count);
    }
  }

  @Test
  @DisplayName("R4 fused: emit and done at once: cut last, no element both delivered and discarded")
  void emit_whileCanceling_isCutLast() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(100).subscribe();
      return new Race(() -> round.emit(4), round.ctx::cancel, () -> {
        round.checkEnd();
        assertThat(round.probe.out.isCut()).isTrue();
      });
    });
  }

  @Test
  @DisplayName("R4 fused: completion and done at once: one end")
  void complete_whileCanceling_endsOnce() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(100).subscribe();
      return new Race(round.sink::tryEmitComplete, round.ctx::cancel, round::checkEnd);
    });
    assertThat(outcomes.both()).isTrue();
  }

  @Test
  @DisplayName(
      "R4 fused: completion of a filled queue and its draining at once: complete, once, after all")
  void complete_whileRequesting_isTold() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(0).subscribe();
      round.emit(4);
      return new Race(round::requestFour, round.sink::tryEmitComplete, () -> {
        round.checkEnd();
        assertThat(round.probe.out.signals()).containsExactly(0, 1, 2, 3, "complete");
      });
    });
  }

  @Test
  @DisplayName("R4 fused: error and done at once: one end")
  void fail_whileCanceling_endsOnce() {
    var own = new IllegalStateException("own");
    Race.rounds(ROUNDS, () -> {
      var round = new Round(100).subscribe();
      return new Race(() -> round.sink.tryEmitError(own), round.ctx::cancel, () -> {
        round.dropped.errors.remove(own);
        round.checkEnd();
      });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @Test
  @DisplayName(
      "R4 fused: downstream's cancel and done at once: at most the cut, and the queue discarded")
  void cancel_whileCanceling_tellsAtMostTheCut() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(0).subscribe();
      round.emit(3);
      return new Race(round.probe::cancel, round.ctx::cancel, () -> {
        assertThat(round.probe.breaches).isEmpty();
        assertThat(round.probe.out.breaches).isEmpty();
        assertThat(round.probe.out.signals()).isIn(List.of(), List.of("cut"));
        round.checkAllOf(3);
      });
    });
  }

  @Test
  @DisplayName("R4 fused: request and done at once: each queued element delivered or discarded")
  void request_whileCanceling_losesNothing() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(0).subscribe();
      round.emit(4);
      return new Race(round::requestFour, round.ctx::cancel, () -> {
        round.checkEnd();
        assertThat(round.probe.out.isCut()).isTrue();
        round.checkAllOf(4);
      });
    });
  }

  @Test
  @DisplayName("R4 fused: a filled, completed queue, requested from and cut at once: one end")
  void requestCompleted_whileCanceling_endsOnce() {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(0).subscribe();
      round.emit(4);
      round.sink.tryEmitComplete();
      return new Race(round::requestFour, round.ctx::cancel, () -> {
        round.checkEnd();
        round.checkAllOf(4);
      });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @Test
  @DisplayName("R4 fused: a range drained on one thread and cut on another ends once, as a prefix")
  void drainRange_whileCanceling_isPrefix() {
    Flux<Integer> range = Flux.range(0, 50);
    Race.rounds(ROUNDS, () -> {
      var round = new Round(100);
      Flux<Integer> bound = range.transform(CtxOps.bind(round.ctx));
      return new Race(() -> round.probe.to(bound), round.ctx::cancel, round::checkEnd);
    });
    assertThat(outcomes.both()).isTrue();
  }

  @Test
  @DisplayName("R4 fused: requests to a range and a cut at once: a prefix, one end")
  void requestRange_whileCanceling_isPrefix() {
    Flux<Integer> range = Flux.range(0, 4);
    Race.rounds(ROUNDS, () -> {
      var round = new Round(0).subscribe(range);
      return new Race(round::requestFour, round.ctx::cancel, round::checkEnd);
    });
    assertThat(outcomes.both()).isTrue();
  }

  /** Is told of a queue on one thread, and takes of it on another. */
  private static final class Shared implements CoreSubscriber<Integer> {
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    private final AtomicBoolean overlap = new AtomicBoolean();
    private @Nullable QueueSubscription<Integer> queue;

    @Override
    @SuppressWarnings("unchecked")
    public void onSubscribe(Subscription subscription) {
      queue = (QueueSubscription<Integer>) subscription;
      assertThat(queue.requestFusion(Fuseable.ANY)).isEqualTo(Fuseable.ASYNC);
    }

    @Override
    public void onNext(Integer signal) {
      onSignal();
    }

    @Override
    public void onError(Throwable error) {
      throw new AssertionError(error);
    }

    @Override
    public void onComplete() {
      onSignal();
      ends.incrementAndGet();
    }

    private void onSignal() {
      if (inside.getAndIncrement() != 0) {
        overlap.set(true);
      }
      Thread.onSpinWait();
      inside.decrementAndGet();
    }

    void takeAll() {
      QueueSubscription<Integer> queue = requireNonNull(this.queue);
      for (int i = 0; i < 2; i++) {
        assertThat(queue.poll()).isEqualTo(i);
      }
      assertThat(queue.poll()).isNull();
    }
  }

  @Test
  @DisplayName(
      "R4 R16 fused: a list is told of, and found empty elsewhere, at once: one end, after that")
  void request_whileFoundEmpty_endsOnceAfterIt() {
    Flux<Integer> range = Flux.range(0, 2);
    CancelCtx ctx = Ctx.background().withCancel();
    Race.rounds(ROUNDS, () -> {
      var shared = new Shared();
      range.transform(CtxOps.bind(ctx)).subscribe(shared);
      return new Race(() -> requireNonNull(shared.queue).request(2), shared::takeAll, () -> {
        assertThat(shared.overlap).isFalse();
        assertThat(shared.ends).hasValue(1);
      });
    });
  }

  @Test
  @DisplayName("R4 fused: a publishOn thread that drains and a cut elsewhere: a prefix, one end")
  void publishOn_whileCanceling_endsOnce() {
    Flux<Integer> range = Flux.range(0, 20);
    Race.rounds(5_000, () -> {
      var round = new Round(0);
      var probe = new Probe<Integer>(100, round.dropped.hooks());
      Flux<Integer> bound =
          range.transform(CtxOps.bind(round.ctx)).publishOn(Schedulers.parallel());
      return new Race(() -> probe.to(bound), round.ctx::cancel, () -> {
        Threads.await(probe.ended);
        assertThat(probe.breaches).isEmpty();
        List<Object> signals = probe.signals();
        assertThat(signals.remove(signals.size() - 1)).isIn("cut", "complete");
        for (int i = 0; i < signals.size(); i++) {
          assertThat(signals.get(i)).isEqualTo(i);
        }
      });
    });
  }

  @Test
  @DisplayName("R4 fused: bound streams merged on several threads and cut meanwhile end once")
  void flatMap_whileCanceling_endsOnce() {
    Flux<Integer> range = Flux.range(0, 20);
    Race.rounds(5_000, () -> {
      CancelCtx ctx = Ctx.background().withCancel();
      var probe = new Probe<Integer>(100, new Dropped().hooks());
      Flux<Integer> merged = Flux.just(0, 1)
          .hide()
          .flatMap(i -> i == 0
              ? range.transform(CtxOps.bind(ctx))
              : Mono.fromCallable(() -> 1).subscribeOn(Schedulers.parallel()));
      return new Race(() -> probe.to(merged), ctx::cancel, () -> {
        Threads.await(probe.ended);
        assertThat(probe.breaches).isEmpty();
      });
    });
  }
}

package io.ctx4j.rxjava3;

import static io.reactivex.rxjava3.operators.QueueFuseable.ANY;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A queue that is drained while its source, or the context, ends. */
@Tag("race")
class FusionRaceTest {
  private static final int ROUNDS = 5_000;

  private static final class Drained {
    final CancelCtx ctx = Ctx.background().withCancel();
    final QueuedSource source;
    final Probe probe = new Probe();
    final List<Integer> taken = new ArrayList<>();

    Drained(QueuedSource source) {
      this.source = source;
      probe.fusion = ANY;
      source.observable().compose(RxCtxOps.<Integer>bind(ctx)).subscribe(probe);
    }

    /** Takes what comes until it is told an end, as on a thread of its own a consumer does. */
    void drain() {
      Threads.until(() -> {
        for (Integer item = probe.poll(); item != null; item = probe.poll()) {
          taken.add(item);
        }
        return probe.isOver();
      });
    }

    void assertDrained(Object end) {
      List<Object> signals = probe.signals();
      assertThat(signals.get(signals.size() - 1)).isEqualTo(end);
      assertThat(List.of(1, 2, 3).subList(0, taken.size())).isEqualTo(taken);
      assertThat(probe.breaches).isEmpty();
      assertThat(probe.poll()).isNull();
      assertThat(probe.queue().isEmpty()).isTrue();
      assertThat(source.canceled).hasValue(end.equals("cut") ? 1 : 0);
    }
  }

  @Test
  @DisplayName(
      "X3 R4 an asynchronous source ends while its queue is drained: all items and one end, serially")
  void end_whileDraining_isToldOnce() {
    Race.rounds(ROUNDS, () -> {
      var drained = new Drained(QueuedSource.asynchronous());
      Runnable send = () -> {
        drained.source.emit(1, 2, 3);
        drained.source.end();
      };
      return new Race(drained::drain, send, () -> {
        assertThat(drained.taken).containsExactly(1, 2, 3);
        drained.assertDrained("end");
      });
    });
  }

  @Test
  @DisplayName(
      "X3 R4 the context is canceled while a queue is drained: the cut or the end, and nothing after it")
  void cancel_whileDraining_isOneOfTheTwo() {
    Race.rounds(ROUNDS, () -> {
      var drained = new Drained(QueuedSource.synchronous(1, 2, 3));
      return new Race(drained::drain, drained.ctx::cancel, () -> {
        boolean isCut = drained.probe.signals().contains("cut");
        drained.assertDrained(isCut ? "cut" : "end");
        assertThat(isCut || drained.taken.size() == 3).isTrue();
      });
    });
  }

  @Test
  @DisplayName(
      "X3 R4 an asynchronous source ends while the context is canceled: the cut or the end")
  void cancel_whileEnding_isOneOfTheTwo() {
    Race.rounds(ROUNDS, () -> {
      var drained = new Drained(QueuedSource.asynchronous());
      drained.source.emit(1, 2, 3);
      return new Race(drained.source::end, drained.ctx::cancel, () -> {
        drained.drain();
        drained.assertDrained("cut");
        assertThat(drained.taken).isEmpty();
      });
    });
  }

  @Test
  @DisplayName("X3 R4 RxJava's own consumers, canceled while they drain: the cut or the end")
  void cancel_stockConsumer_isOneOfTheTwo() {
    try (var undelivered = new Undelivered()) {
      Race.rounds(ROUNDS, () -> {
        CancelCtx ctx = Ctx.background().withCancel();
        TestSubscriber<Integer> many = new TestSubscriber<>();
        TestObserver<Integer> other = new TestObserver<>();
        Flowable<Integer> flowable = Flowable.just(1)
            .hide()
            .concatMapEager(item -> Flowable.range(1, 50).<Integer>compose(RxCtxOps.bind(ctx)));
        Observable<Integer> observable = Observable.range(1, 50)
            .<Integer>compose(RxCtxOps.bind(ctx))
            .concatMap(item -> Observable.just(item).hide());
        Runnable subscribe = () -> {
          flowable.subscribe(many);
          observable.subscribe(other);
        };
        return new Race(subscribe, ctx::cancel, () -> {
          for (var consumer : List.of(many, other)) {
            List<Integer> values = consumer.values();
            for (int i = 0; i < values.size(); i++) {
              assertThat(values.get(i)).isEqualTo(i + 1);
            }
            if (values.size() < 50) {
              consumer.assertError(CanceledException.class);
            }
          }
        });
      });
      assertThat(undelivered.errors).isEmpty();
    }
  }
}

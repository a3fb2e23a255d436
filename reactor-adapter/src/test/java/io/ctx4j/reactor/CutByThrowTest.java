package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What the end of a context breaks may fail by a throw: downstream hears of the context all the
 * same.
 */
@Tag("search")
class CutByThrowTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Dropped dropped = Dropped.everywhere();

  @AfterEach
  void resetHooks() {
    dropped.close();
  }

  /**
   * A resource that is closed when it is canceled, or by the context itself, and fails from then
   * on.
   */
  private static final class Lines implements Iterator<Integer> {
    private final CancelCtx ctx;
    private final int endAt;
    private final boolean failsInHasNext;
    private boolean closed;
    private int next;

    Lines(CancelCtx ctx, int endAt, boolean failsInHasNext) {
      this.ctx = ctx;
      this.endAt = endAt;
      this.failsInHasNext = failsInHasNext;
    }

    void close() {
      closed = true;
    }

    @Override
    public boolean hasNext() {
      if (failsInHasNext) {
        read();
      }
      return true;
    }

    @Override
    public Integer next() {
      if (!failsInHasNext) {
        read();
      }
      return next++;
    }

    private void read() {
      if (next == endAt) {
        ctx.cancel(); // as the timer would, on another thread
      }
      if (closed) {
        throw new IllegalStateException("closed");
      }
    }
  }

  private static Flux<Integer> lines(CancelCtx ctx, int endAt, boolean failsInHasNext) {
    return Flux.using(
        () -> new Lines(ctx, endAt, failsInHasNext),
        lines -> Flux.fromIterable(() -> lines),
        Lines::close);
  }

  static Stream<String> consumers() {
    return Pipelines.consumers().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @DisplayName("R1 the cut closes what a consumer polls: the error is ctx's, whatever it asks for")
  void poll_ofWhatTheCutCloses_endsByCtx(String name) {
    for (int endAt : new int[] {0, 1, 3}) {
      for (boolean inHasNext : new boolean[] {false, true}) {
        for (boolean mapped : new boolean[] {false, true}) {
          CancelCtx own = Ctx.background().withCancel();
          Flux<Integer> lines = lines(own, endAt, inHasNext);
          Flux<Integer> bound = (mapped ? lines.map(i -> i) : lines).transform(CtxOps.bind(own));
          var probe = Probe.<Object>of(50);

          Pipelines.consumer(name)
              .apply(bound, new ArrayList<>())
              .cast(Object.class)
              .take(50)
              .subscribe(probe);

          assertThat(probe.breaches).isEmpty();
          assertThat(probe.signals().toString()).doesNotContain("closed");
          assertThat(probe.signals()).filteredOn(CutByThrowTest::isForeignError).isEmpty();
        }
      }
    }
  }

  /** The context's is "cut"; two of them, collected, are "Multiple exceptions". */
  private static boolean isForeignError(Object signal) {
    return signal instanceof String text
        && text.startsWith("error")
        && !text.endsWith("Multiple exceptions")
        && !text.endsWith("more than one item"); // a single()
  }

  @Test
  @DisplayName("R1 a failure after the context is done is ctx's, also before its callback has come")
  void poll_beforeTheCallback_endsByCtx() {
    List<BiFunction<Flux<Integer>, Ctx, Flux<Integer>>> shapes = List.of(
        (lines, bound) -> lines.transform(CtxOps.bind(bound)),
        (lines, bound) -> lines.transform(CtxOps.bind(bound)).publishOn(Schedulers.immediate()),
        (lines, bound) -> lines.publishOn(Schedulers.immediate()).transform(CtxOps.bind(bound)),
        (lines, bound) -> lines.hide().transform(CtxOps.bind(bound)),
        (lines, bound) -> Flux.just(1).hide().flatMap(i -> lines.transform(CtxOps.bind(bound))));
    for (BiFunction<Flux<Integer>, Ctx, Flux<Integer>> shape : shapes) {
      CancelCtx own = Ctx.background().withCancel();
      Flux<Integer> lines = Flux.defer(() -> {
        boolean[] closed = {false};
        own.onDone(() -> closed[0] = true);
        return Flux.fromStream(() -> Stream.iterate(0, i -> i + 1).peek(i -> {
          if (i == 3) {
            own.onDone(() -> {}); // the callbacks run one by one; this one's thread is the source's
            own.cancel();
          }
          if (closed[0]) {
            throw new IllegalStateException("closed");
          }
        }));
      });
      var probe = Probe.on(shape.apply(lines, own), 50);

      assertThat(probe.isCut()).isTrue();
      assertThat(probe.breaches).isEmpty();
    }
  }

  @Test
  @DisplayName("R1 a source whose error comes before ctx's callback: the error is ctx's")
  void fail_beforeTheCallback_endsByCtx() {
    var why = new IllegalStateException("why");
    var broken = new IllegalStateException("broken");
    Source<Integer> source = new Source<>();
    ctx.onDone(() -> source.fail(broken)); // before the stream is registered
    var flux = Probe.on(source.transform(CtxOps.bind(ctx)));

    ctx.cancel(why);

    flux.assertSignals("cut");
    assertThat(flux.error()).hasCause(why);
    assertThat(source.canceled).hasValue(1);
    assertThat(dropped.errors).containsExactly(broken);
  }

  @Test
  @DisplayName("R1 likewise a Mono's, a timeout's and one without demand")
  void fail_beforeTheCallback_endsMonoByCtx() {
    Source<Integer> source = new Source<>();
    ctx.onDone(() -> source.fail(new IllegalStateException("broken")));
    var probe = Probe.on(source.mono().transform(CtxOps.bind(ctx)), 0);

    ctx.cancel();

    probe.assertSignals("cut");
  }

  /** Where a source throws at who calls it. */
  enum Place {
    POLL,
    IS_EMPTY,
    SIZE,
    CLEAR,
    REQUEST,
    CANCEL
  }

  /** A source that ends the context and throws, at one place. */
  private final class Throwing extends Flux<Integer> implements QueueSubscription<Integer> {
    final IllegalStateException thrown = new IllegalStateException("thrown");
    private final Place place;
    private final boolean live;
    int canceled;

    Throwing(Place place, boolean live) {
      this.place = place;
      this.live = live;
    }

    private void at(Place here) {
      if (here == place) {
        if (!live) {
          ctx.cancel();
        }
        throw thrown;
      }
    }

    @Override
    public void subscribe(CoreSubscriber<? super Integer> actual) {
      actual.onSubscribe(this);
    }

    @Override
    public int requestFusion(int requestedMode) {
      return requestedMode & Fuseable.ASYNC;
    }

    @Override
    public void request(long n) {
      at(Place.REQUEST);
    }

    @Override
    public void cancel() {
      canceled++;
      at(Place.CANCEL);
    }

    @Override
    public Integer poll() {
      at(Place.POLL);
      return 1;
    }

    @Override
    public boolean isEmpty() {
      at(Place.IS_EMPTY);
      return false;
    }

    @Override
    public int size() {
      at(Place.SIZE);
      return 1;
    }

    @Override
    public void clear() {
      at(Place.CLEAR);
    }
  }

  private static void call(QueueSubscription<Integer> queue, Place place) {
    switch (place) {
      case POLL -> assertThat(queue.poll()).isNull();
      case IS_EMPTY -> assertThat(queue.isEmpty()).isTrue();
      case SIZE -> assertThat(queue.size()).isZero();
      case CLEAR -> queue.clear();
      case REQUEST -> queue.request(1);
      case CANCEL -> {}
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("R1 what the cut makes a source throw comes out of nothing; ctx's error comes once")
  void throwing_byTheCut_comesOutOfNothing(Place place) {
    var source = new Throwing(place, false);
    var probe = new FusedProbe<>(Fuseable.ANY, Probe.<Integer>of(0));
    if (place == Place.REQUEST) {
      Probe<Integer> plain = Probe.of(0);
      source.transform(CtxOps.bind(ctx)).subscribe(plain);
      assertThatCode(() -> plain.request(1)).doesNotThrowAnyException();
      plain.assertSignals("cut");
    } else {
      probe.to(source.transform(CtxOps.bind(ctx)));
      assertThat(probe.mode()).isEqualTo(Fuseable.ASYNC);
      call(probe.queue(), place);
      ctx.cancel();
      assertThat(probe.out.isCut()).isTrue();
      assertThat(probe.out.breaches).isEmpty();
    }
    assertThat(source.canceled).isEqualTo(1);
    assertThat(dropped.errors).contains(source.thrown);
  }

  @ParameterizedTest
  @EnumSource(names = {"POLL", "IS_EMPTY", "SIZE", "CLEAR", "REQUEST"})
  @DisplayName("R16 what a source throws as long as ctx is live comes out, as without a bind")
  void throwing_live_comesOut(Place place) {
    var source = new Throwing(place, true);
    Probe<Integer> probe = Probe.of(0);
    var queue = new QueueSubscription<?>[1];
    source.transform(CtxOps.bind(ctx)).subscribe(new CoreSubscriber<Integer>() {
      @Override
      public void onSubscribe(Subscription s) {
        queue[0] = (QueueSubscription<?>) s;
        if (place != Place.REQUEST) {
          assertThat(queue[0].requestFusion(Fuseable.ANY)).isEqualTo(Fuseable.ASYNC);
        }
        probe.onSubscribe(s);
      }

      @Override
      public void onNext(Integer element) {
        probe.onNext(element);
      }

      @Override
      public void onError(Throwable error) {
        probe.onError(error);
      }

      @Override
      public void onComplete() {
        probe.onComplete();
      }
    });
    @SuppressWarnings("unchecked")
    var typed = (QueueSubscription<Integer>) requireNonNull(queue[0]);

    assertThatThrownBy(() -> call(typed, place)).isSameAs(source.thrown);
    assertThat(dropped.errors).isEmpty();
  }

  @Test
  @DisplayName(
      "R1 a consumer's onNext that the cut makes throw: ctx's error comes by onError alone")
  void onNextThrows_byTheCut_isDropped() {
    var thrown = new IllegalStateException("in onNext");
    for (boolean fused : new boolean[] {true, false}) {
      CancelCtx own = Ctx.background().withCancel();
      Flux<Integer> source = fused ? Flux.range(1, 5) : Flux.range(1, 5).hide();
      var probe = Probe.<Integer>of(5);
      probe.inNext = () -> {
        own.cancel();
        throw thrown;
      };
      Flux<Integer> bound = source.transform(CtxOps.bind(own));

      assertThatCode(() -> bound.subscribe((CoreSubscriber<Integer>) probe))
          .doesNotThrowAnyException();

      probe.assertSignals(1, "cut");
      assertThat(dropped.errors).contains(thrown);
      dropped.errors.clear();
    }
  }

  @Test
  @DisplayName("R16 a consumer's onNext that throws otherwise does so as without a bind")
  void onNextThrows_live_comesOut() {
    var thrown = new IllegalStateException("in onNext");
    Probe<Integer> probe = Probe.of(0);
    probe.inNext = () -> {
      throw thrown;
    };
    Flux.range(1, 5).transform(CtxOps.bind(ctx)).subscribe(probe);

    assertThatThrownBy(() -> probe.request(1)).isSameAs(thrown);
  }

  @Test
  @DisplayName(
      "R1 a source that throws out of subscribe because of the cut: ctx's error, and nothing comes out")
  void subscribeThrows_byTheCut_isDropped() {
    Mono<Integer> source = new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Integer> actual) {
        ctx.cancel();
        throw new IllegalStateException("closed");
      }
    };
    var probe = Probe.<Integer>of(1);
    Mono<Integer> bound = source.transform(CtxOps.bind(ctx));

    assertThatCode(() -> bound.subscribe((CoreSubscriber<Integer>) probe))
        .doesNotThrowAnyException();

    probe.assertSignals("cut");
  }

  @Test
  @DisplayName(
      "R1 raced: the cut closes a resource while another thread polls it; 2,000 of 2,000 are ctx's")
  void race_closedWhilePolled_endsByCtx() {
    for (int i = 0; i < 2_000; i++) {
      CancelCtx own = Ctx.background().withCancel();
      var probe = Probe.<Integer>of(Long.MAX_VALUE);
      Flux<Integer> lines = Flux.using(
          () -> new java.util.concurrent.atomic.AtomicBoolean(),
          closed -> Flux.fromStream(() -> Stream.iterate(0, n -> n + 1).peek(n -> {
            if (closed.get()) {
              throw new IllegalStateException("closed");
            }
          })),
          closed -> closed.set(true));
      lines.transform(CtxOps.bind(own)).publishOn(Schedulers.parallel()).subscribe(probe);
      Threads.until(() -> !probe.signals().isEmpty());

      own.cancel();

      Threads.await(probe.ended);
      assertThat(probe.isCut()).isTrue();
      assertThat(probe.breaches).isEmpty();
    }
  }
}

package io.ctx4j.rxjava3;

import static io.reactivex.rxjava3.operators.QueueFuseable.ANY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import io.ctx4j.testing.Threads;
import io.reactivex.rxjava3.core.BackpressureStrategy;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a done context provokes upstream does not take the place of its error, by whatever way it
 * comes: a signal, or a throw out of a call; after the context's callback has come, and before.
 */
class ProvokedTest {
  private static final int ROUNDS = 1_500;

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final QueuedSource queued = QueuedSource.synchronous(1, 2, 3);
  private final Probe probe = new Probe();
  private final IllegalStateException provoked = new IllegalStateException("Stream closed");
  private final Undelivered undelivered = new Undelivered();

  @AfterEach
  void restore() {
    undelivered.close();
  }

  private void fail() {
    throw provoked;
  }

  /** Where the context is done and the stream has not been told of it. */
  private void beforeItsCallback(Runnable action) {
    assertThat(ctx.onDone(action)).isNotNull();
  }

  private void assertIsLate() {
    assertThat(undelivered.errors).containsExactly(provoked);
    undelivered.errors.clear();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 R1 an error that comes once ctx is done is ctx's, also before ctx's own callback has come")
  void fail_doneBeforeCallback_isCtxs(Type type) {
    beforeItsCallback(() -> source.fail(provoked));
    type.subscribe(source, probe, Binding.to(ctx));

    ctx.cancel();

    probe.assertSignals("cut");
    assertIsLate();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 R1 the same where the context is the subscription's own, of a timeout")
  void fail_ownTimeout_isCtxs(Type type) {
    source.inCancel = () -> source.fail(new IllegalStateException(new InterruptedException()));
    type.subscribe(source, probe, Binding.within(ctx, Duration.ofMillis(1)));

    Threads.await(probe.ended);

    probe.assertSignals("cut");
    assertThat(undelivered.errors).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 R1 a source that throws because ctx has ended while it was subscribed to")
  void subscribe_throws_isLate(Type type) {
    source.inSubscribe = () -> {
      ctx.cancel();
      fail();
    };

    type.subscribe(source, probe, Binding.to(ctx));

    probe.assertSignals("cut");
    assertThat(undelivered.errors)
        .allMatch(error -> error == provoked || error.getCause() == provoked) // RxJava wraps it
        .isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 R1 a source that comes after the end, and whose cancel throws")
  void cancel_lateSourceThrows_isLate(Type type) {
    source.late = true;
    source.inCancel = this::fail;
    type.subscribe(source, probe, Binding.to(ctx));
    ctx.cancel();

    source.join();

    probe.assertSignals("cut");
    assertIsLate();
  }

  @Test
  @DisplayName(
      "X1 R1 request throws: nothing comes out of it, and the consumer is told ctx's error")
  void request_throws_isLate() {
    for (boolean before : new boolean[] {false, true}) {
      CancelCtx each = Ctx.background().withCancel();
      var idle = new Probe(0);
      var from = new Source();
      if (before) {
        from.inRequest = this::fail;
        assertThat(each.onDone(() -> idle.request(1))).isNotNull();
        Type.FLOWABLE.subscribe(from, idle, Binding.to(each));
        each.cancel();
      } else {
        from.inRequest = () -> {
          each.cancel();
          fail();
        };
        Type.FLOWABLE.subscribe(from, idle, Binding.to(each));
        idle.request(1);
      }

      idle.assertSignals("cut");
      assertThat(from.canceled).hasValue(1);
      assertIsLate();
    }
  }

  @Test
  @DisplayName(
      "X6 request throws while ctx is live: it is the source's, and the caller's as it is raw")
  void request_throwsWhileLive_isThrown() {
    source.inRequest = this::fail;
    var idle = new Probe(0);
    Type.FLOWABLE.subscribe(source, idle, Binding.to(ctx));

    assertThatThrownBy(() -> idle.request(1)).isSameAs(provoked);
    assertThat(undelivered.errors).isEmpty();
  }

  /** The ways into a queue. */
  private enum Call {
    POLL,
    IS_EMPTY,
    CLEAR;

    void set(QueuedSource source, Runnable inside) {
      switch (this) {
        case POLL -> source.inPoll = inside;
        case IS_EMPTY -> source.inIsEmpty = inside;
        case CLEAR -> source.inClear = inside;
      }
    }

    void on(Probe probe) {
      switch (this) {
        case POLL -> assertThat(probe.poll()).isNull();
        case IS_EMPTY -> assertThat(probe.queue().isEmpty()).isTrue();
        case CLEAR -> probe.queue().clear();
      }
    }
  }

  private void subscribeToQueue() {
    probe.fusion = ANY;
    queued.observable().compose(RxCtxOps.<Integer>bind(ctx)).subscribe(probe);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R1 a queue that throws where ctx has ended: it is empty, and ctx's error is told")
  void queue_throwsAfterEnd_isLate(Call call) {
    subscribeToQueue();
    call.set(queued, () -> {
      ctx.cancel();
      fail();
    });

    call.on(probe);

    probe.assertSignals("ready", "cut");
    assertThat(queued.canceled).hasValue(1);
    assertIsLate();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R1 a queue that throws once ctx is done, before ctx's own callback has come")
  void queue_throwsBeforeCallback_isLate(Call call) {
    beforeItsCallback(() -> call.on(probe));
    subscribeToQueue();
    call.set(queued, this::fail);

    ctx.cancel();

    probe.assertSignals("ready", "cut");
    assertThat(queued.canceled).hasValue(1);
    assertIsLate();
  }

  @Test
  @DisplayName("X1 R1 a queue that throws as what is left in it is dropped")
  void clear_throwsInPoll_isLate() {
    subscribeToQueue();
    ctx.cancel();
    queued.inClear = this::fail;

    assertThat(probe.poll()).isNull();

    probe.assertSignals("ready", "cut");
    assertIsLate();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE"})
  @DisplayName(
      "X1 R1 a consumer whose onNext ends ctx and throws: told ctx's error, the source has the throw")
  void onNext_throws_isTheSources(Type type) {
    probe.inNext = () -> {
      ctx.cancel();
      fail();
    };
    type.subscribe(source, probe, Binding.to(ctx));

    assertThatThrownBy(() -> source.emit(1)).isSameAs(provoked);
    source.fail(provoked); // as a source does with what its consumer throws

    probe.assertSignals(1, "cut");
    assertIsLate();
  }

  @Test
  @DisplayName("X1 R1 a resource whose close throws as the source is canceled")
  void close_throws_isLate() {
    Flowable.using(() -> 1, resource -> Flowable.never(), resource -> fail())
        .compose(RxCtxOps.bind(ctx))
        .subscribe(new TestSubscriber<>());
    TestObserver<Object> told = Observable.using(
            () -> 1, resource -> Observable.never(), resource -> fail(), false)
        .compose(RxCtxOps.bind(ctx))
        .test();

    ctx.cancel();

    told.assertFailure(CanceledException.class);
    assertThat(undelivered.errors).containsExactly(provoked, provoked);
  }

  /** A file, say: closed with the context, and then it throws. */
  private static final class Resource implements Iterable<Integer> {
    private volatile boolean closed;

    @Override
    public Iterator<Integer> iterator() {
      return new Iterator<>() {
        private int next;

        @Override
        public boolean hasNext() {
          check();
          return true;
        }

        @Override
        public Integer next() {
          check();
          return next++;
        }
      };
    }

    private void check() {
      if (closed) {
        throw new IllegalStateException("Stream closed");
      }
    }
  }

  static List<UnaryOperator<Observable<Integer>>> consumers() {
    return List.of(
        bound -> bound,
        bound -> bound.map(item -> item),
        bound -> bound.concatMap(item -> Observable.just(item).hide()),
        bound -> bound.concatMapDelayError(item -> Observable.just(item).hide()),
        bound -> bound.concatMapEager(item -> Observable.just(item).hide()),
        bound -> Observable.just(1).hide().concatMapEager(item -> bound),
        bound -> Observable.just(1).hide().flatMap(item -> bound),
        bound -> bound.toFlowable(BackpressureStrategy.BUFFER).toObservable(),
        bound -> bound.flatMapStream(Stream::of));
  }

  @ParameterizedTest
  @MethodSource("consumers")
  @Tag("race")
  @DisplayName("X1 R1 a resource that is closed by ctx while it is read: always ctx's error")
  void close_whileRead_isCtxs(UnaryOperator<Observable<Integer>> consumer) {
    Race.rounds(ROUNDS, () -> {
      CancelCtx each = Ctx.background().withCancel();
      var resource = new Resource();
      assertThat(each.onDone(() -> resource.closed = true)).isNotNull();
      TestObserver<Integer> told = new TestObserver<>();
      Consumer<Observable<Integer>> read = bound -> consumer.apply(bound).subscribe(told);
      return new Race(
          () -> read.accept(Observable.fromIterable(resource).compose(RxCtxOps.bind(each))),
          each::cancel,
          () -> told.awaitDone(30, TimeUnit.SECONDS).assertError(CanceledException.class));
    });
  }

  @Test
  @Tag("race")
  @DisplayName("X1 R1 the same of a Flowable, read with and without demand for all of it")
  void close_whileReadByDemand_isCtxs() {
    Race.rounds(ROUNDS, () -> {
      CancelCtx each = Ctx.background().withCancel();
      var resource = new Resource();
      assertThat(each.onDone(() -> resource.closed = true)).isNotNull();
      TestSubscriber<Integer> told = new TestSubscriber<>(0);
      Flowable.fromIterable(resource).compose(RxCtxOps.bind(each)).subscribe(told);
      Runnable read = () -> {
        for (int i = 0; i < 20; i++) {
          told.request(10);
        }
        told.request(Long.MAX_VALUE);
      };
      return new Race(
          read,
          each::cancel,
          () -> told.awaitDone(30, TimeUnit.SECONDS).assertError(CanceledException.class));
    });
  }
}

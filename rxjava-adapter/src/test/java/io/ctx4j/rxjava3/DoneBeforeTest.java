package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.TimeSource;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Subscribing when the context is done already. */
class DoneBeforeTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R2 the error at once, a copy, and the source is never subscribed to")
  void subscribe_done_failsAtOnce(Type type) {
    var why = new IllegalStateException("why");
    ctx.cancel(why);

    type.subscribe(source, probe, Binding.to(ctx));

    probe.assertSignals("cut");
    assertThat(probe.error()).isExactlyInstanceOf(CanceledException.class).isNotSameAs(ctx.err());
    assertThat(probe.error().getCause()).isSameAs(why);
    assertThat(source.subscribed).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R2 the same without any demand")
  void subscribe_doneNoDemand_failsAtOnce(Type type) {
    var idle = new Probe(0);
    ctx.cancel();

    type.subscribe(source, idle, Binding.to(ctx));

    idle.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X5 R2 a consumer that leaves inside of onSubscribe is told nothing")
  void subscribe_doneAndLeaves_isToldNothing(Type type) {
    ctx.cancel();
    probe.inSubscribe = probe::leave;

    type.subscribe(source, probe, Binding.to(ctx));

    probe.assertSignals();
    assertThat(source.subscribed).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R11 a timeout of zero or less has passed at subscription")
  void withTimeout_zeroOrLess_failsAtOnce(Type type) {
    for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      var each = new Probe();

      type.subscribe(source, each, Binding.within(Ctx.background(), timeout));

      each.assertSignals("cut");
      assertThat(each.error()).isExactlyInstanceOf(DeadlineExceededException.class);
    }
    assertThat(source.subscribed).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R11 R2 a timeout under a done parent: the parent's error, and no source")
  void withTimeout_parentDone_failsAtOnce(Type type) {
    ctx.cancel();

    type.subscribe(source, probe, Binding.within(ctx, Duration.ofDays(1)));

    probe.assertSignals("cut");
    assertThat(probe.error()).isExactlyInstanceOf(CanceledException.class);
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("X1 R1 R2 a source with its one value ready: done before, an error; else its value")
  void scalar_doneBefore_fails() {
    for (boolean done : new boolean[] {false, true}) {
      CancelCtx each = Ctx.background().withCancel();
      if (done) {
        each.cancel();
      }
      Object[] expected = done ? new Object[] {"cut"} : new Object[] {1, "end"};
      Object[] empty = done ? new Object[] {"cut"} : new Object[] {"end"};
      subscribed(Flowable.just(1).compose(RxCtxOps.bind(each))).assertSignals(expected);
      subscribed(Observable.just(1).compose(RxCtxOps.bind(each))).assertSignals(expected);
      subscribed(Maybe.just(1).compose(RxCtxOps.bind(each))).assertSignals(expected);
      subscribed(Single.just(1).compose(RxCtxOps.bind(each))).assertSignals(expected);
      subscribed(Flowable.<Integer>empty().compose(RxCtxOps.bind(each))).assertSignals(empty);
      subscribed(Observable.<Integer>empty().compose(RxCtxOps.bind(each))).assertSignals(empty);
      subscribed(Maybe.<Integer>empty().compose(RxCtxOps.bind(each))).assertSignals(empty);
      subscribed(Completable.complete().compose(RxCtxOps.bind(each))).assertSignals(empty);
    }
  }

  @Test
  @DisplayName(
      "X1 R1 a source with its one value ready is subscribed to directly, with its timeout or not")
  void scalar_live_isPassed() {
    var direct = new Probe(0);
    Flowable.just(1).compose(RxCtxOps.bind(ctx)).subscribe(direct);
    var timed = new Probe();
    Maybe.just(1)
        .compose(RxCtxOps.<Integer>withTimeout(ctx, Duration.ofDays(1)))
        .subscribe(timed);

    assertThat(direct.upstream()).isNotInstanceOf(Bound.class);
    ctx.cancel();
    direct.request(1);

    direct.assertSignals(1, "end");
    timed.assertSignals(1, "end");
  }

  @Test
  @DisplayName("X1 R11 C14 a timeout of zero has passed also where the one value is ready")
  void scalar_timeoutOfZero_fails() {
    Duration zero = Duration.ZERO;
    subscribed(Flowable.just(1).compose(RxCtxOps.withTimeout(ctx, zero))).assertSignals("cut");
    subscribed(Observable.just(1).compose(RxCtxOps.withTimeout(ctx, zero))).assertSignals("cut");
    subscribed(Maybe.just(1).compose(RxCtxOps.withTimeout(ctx, zero))).assertSignals("cut");
    subscribed(Maybe.<Integer>empty().compose(RxCtxOps.withTimeout(ctx, zero)))
        .assertSignals("cut");
    subscribed(Single.just(1).compose(RxCtxOps.withTimeout(ctx, zero))).assertSignals("cut");
    subscribed(Completable.complete().compose(RxCtxOps.withTimeout(ctx, zero)))
        .assertSignals("cut");
  }

  /** A clock that takes no task. */
  private static final class Refusing implements TimeSource {
    final IllegalStateException thrown = new IllegalStateException("refused");

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      throw thrown;
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X1 C35 where there is no timer downstream has that error, or its handler, if it left")
  void withTimeout_refused_isToldOnce(Type type) {
    var time = new Refusing();
    Binding binding = Binding.within(Ctx.root(time), Duration.ofSeconds(1));
    var leaving = new Probe();
    leaving.inSubscribe = leaving::leave;
    try (var undelivered = new Undelivered()) {
      type.subscribe(source, probe, binding);
      assertThat(undelivered.errors).isEmpty();

      type.subscribe(source, leaving, binding);

      assertThat(undelivered.errors).containsExactly(time.thrown);
    }
    probe.assertSignals("error refused");
    leaving.assertSignals();
    assertThat(source.subscribed).hasValue(0);
  }

  @Test
  @DisplayName("X1 R12 retry and repeat below a done context never reach the source again")
  void retry_done_neverReachesSource() {
    var subscribed = new AtomicInteger();
    Single<Integer> counted = Single.defer(() -> {
      subscribed.incrementAndGet();
      return Single.error(new IllegalStateException("failed"));
    });
    ctx.cancel();

    counted.compose(RxCtxOps.bind(ctx)).retry(100).test().assertError(CanceledException.class);
    counted.toFlowable().compose(RxCtxOps.bind(ctx)).retry(100).test().assertNotComplete();

    assertThat(subscribed).hasValue(0);
  }

  private static Probe subscribed(Flowable<Integer> flowable) {
    var probe = new Probe();
    flowable.subscribe(probe);
    return probe;
  }

  private static Probe subscribed(Observable<Integer> observable) {
    var probe = new Probe();
    observable.subscribe(probe);
    return probe;
  }

  private static Probe subscribed(Maybe<Integer> maybe) {
    var probe = new Probe();
    maybe.subscribe(probe);
    return probe;
  }

  private static Probe subscribed(Single<Integer> single) {
    var probe = new Probe();
    single.subscribe(probe);
    return probe;
  }

  private static Probe subscribed(Completable completable) {
    var probe = new Probe();
    completable.subscribe(probe);
    return probe;
  }
}

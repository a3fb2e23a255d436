package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import io.ctx4j.rxjava3.RxCtxOps;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.schedulers.TestScheduler;
import io.reactivex.rxjava3.subjects.PublishSubject;
import io.reactivex.rxjava3.subjects.SingleSubject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The examples in the javadoc of {@link RxCtxOps} do what they say. */
class RxCtxOpsJavadocTest {
  private static final CtxKey<String> TENANT = CtxKey.named("tenant");

  private final ManualTime time = new ManualTime();
  private final CancelCtx ctx = Ctx.root(time).withValue(TENANT, "acme").withCancel();
  private final SingleSubject<Integer> unanswered = SingleSubject.create();
  private final Orders orders = (tenant, id) -> tenant + id;

  interface Orders {
    String find(String tenant, String id);
  }

  @AfterEach
  void end() {
    ctx.cancel();
  }

  // region values
  Single<String> load(Ctx ctx, String id) {
    return Single.fromCallable(() -> orders.find(ctx.valueOr(TENANT, "none"), id))
        .compose(RxCtxOps.bind(ctx));
  }

  // endregion

  @Test
  void load_value_isSeen() {
    load(ctx, "7").test().assertResult("acme7");
  }

  @Test
  void using_eachSubscription_hasItsOwn() {
    Ctx parent = ctx;
    Duration limit = Duration.ofSeconds(2);
    String id = "7";
    // region using
    Single<String> loaded = Single.using(
        () -> parent.withTimeout(limit), ctx -> load(ctx, id), CancelCtx::close, false);
    // endregion
    loaded.test().assertResult("acme7");
  }

  private Single<Integer> price(String item) {
    return item.isEmpty() ? unanswered : Single.just(item.length());
  }

  @Test
  void bind_canceled_endsAllOfIt() {
    Flowable<String> items = Flowable.just("pen", "", "ink");
    // region bind
    Single<Integer> total = items
        .flatMapSingle(item -> price(item))
        .reduce(0, Integer::sum)
        .compose(RxCtxOps.bind(ctx)); // last: it ends all that stands above
    // endregion
    var downstream = total.test();
    ctx.cancel();
    downstream.assertFailure(CanceledException.class);
    assertThat(unanswered.hasObservers()).isFalse();
  }

  @Test
  void withTimeout_retried_eachAttemptHasItsOwn() {
    var attempts = new AtomicInteger();
    Single<Integer> price = Single.defer(
        () -> attempts.incrementAndGet() < 3 ? Single.<Integer>never() : Single.just(7));
    // region withTimeout
    Single<Integer> patient = price
        .compose(RxCtxOps.withTimeout(ctx, Duration.ofMillis(200))) // for each attempt
        .retry(2, error -> !ctx.isDone());
    // endregion
    var downstream = patient.test();
    time.advance(Duration.ofMillis(200));
    downstream.assertEmpty();
    time.advance(Duration.ofMillis(200));
    downstream.assertResult(7);
  }

  @Test
  void done_ctxEnds_truncates() {
    PublishSubject<Long> ticks = PublishSubject.create();
    // region done
    Observable<Long> open =
        ticks.takeUntil(RxCtxOps.done(ctx).toObservable()); // completes with ctx
    // endregion
    var downstream = open.test();
    ticks.onNext(1L);
    ctx.cancel();
    downstream.assertResult(1L);
  }

  @Test
  void timeSource_schedulerAdvances_deadlinePasses() {
    // region timeSource
    TestScheduler scheduler = new TestScheduler();
    CancelCtx ctx = Ctx.root(RxCtxOps.timeSource(scheduler)).withTimeout(Duration.ofSeconds(2));
    scheduler.advanceTimeBy(2, TimeUnit.SECONDS); // ctx is done
    // endregion
    assertThat(ctx.err()).isInstanceOf(DeadlineExceededException.class);
  }
}

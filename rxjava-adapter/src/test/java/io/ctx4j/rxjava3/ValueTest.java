package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.schedulers.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How values come to a source: as the documentation of {@link RxCtxOps} has it. */
class ValueTest {
  private static final CtxKey<String> TENANT = CtxKey.named("tenant");

  private final CancelCtx root = Ctx.background().withCancel();
  private final Ctx parent = root.withValue(TENANT, "acme");
  private final List<Ctx> seen = new ArrayList<>();

  private Single<String> load(Ctx ctx, String id) {
    seen.add(ctx);
    return Single.fromCallable(() -> ctx.valueOr(TENANT, "none") + "/" + id)
        .compose(RxCtxOps.bind(ctx));
  }

  private Single<String> loadInTime(String id) {
    return Single.using(
        () -> parent.withTimeout(Duration.ofDays(1)),
        ctx -> load(ctx, id),
        CancelCtx::close,
        false);
  }

  @Test
  @DisplayName("§1 a value is read from the parameter, on whichever thread")
  void value_ofParameter_isSeen() {
    assertThat(load(parent, "1").subscribeOn(Schedulers.io()).blockingGet()).isEqualTo("acme/1");
  }

  @Test
  @DisplayName(
      "§1 using gives each subscription a context of its own, seen by its source and closed after it")
  void using_eachSubscription_hasItsOwn() {
    String alone = root.tree();
    Single<String> loading = loadInTime("1");

    loading.test().assertResult("acme/1");
    loading.test().assertResult("acme/1");

    assertThat(seen).hasSize(2).doesNotHaveDuplicates().allMatch(Ctx::isDone);
    assertThat(root.tree()).isEqualTo(alone);
  }

  @Test
  @DisplayName(
      "§1 X5 who leaves such a stream is not told of the closing, and neither is the handler")
  void using_left_isSilent() {
    try (var undelivered = new Undelivered()) {
      TestObserver<Object> observer = Single.using(
              () -> parent.withTimeout(Duration.ofDays(1)),
              ctx -> Single.never().compose(RxCtxOps.bind(ctx)),
              CancelCtx::close,
              false)
          .test();

      observer.dispose();

      observer.assertEmpty();
      assertThat(undelivered.errors).isEmpty();
    }
  }

  @Test
  @DisplayName("§1 X1 canceled, such a stream ends as any bound one does")
  void using_canceled_isCut() {
    TestObserver<Object> observer = Single.using(
            () -> parent.withTimeout(Duration.ofDays(1)),
            ctx -> Single.never().compose(RxCtxOps.bind(ctx)),
            CancelCtx::close,
            false)
        .test();

    root.cancel();

    observer.assertFailure(CanceledException.class);
  }
}

package io.ctx4j.examples.guide;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.rxjava3.RxCtxOps;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;

/** The quickstart for RxJava. */
final class RxJavaGuide {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final Inventory inventory;

  RxJavaGuide(Inventory inventory) {
    this.inventory = inventory;
  }

  interface Inventory {
    Flowable<Integer> prices(long order);
  }

  // region bind
  Single<Integer> total(Ctx ctx, long order) {
    return inventory.prices(order).reduce(0, Integer::sum).compose(RxCtxOps.bind(ctx));
  }

  Completable close(Ctx ctx, Completable write) {
    return write.compose(RxCtxOps.bind(ctx)); // an error when cut; takeUntil would look done
  }

  // endregion

  // region values
  Single<String> greeting(Ctx ctx) {
    return Single.fromCallable(() -> "Hello " + ctx.valueOr(USER, "you"));
  }
  // endregion
}

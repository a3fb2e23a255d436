package consumer;

import io.ctx4j.CanceledException;
import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.rxjava3.RxCtxOps;
import io.reactivex.rxjava3.core.Flowable;
import reactor.core.publisher.Flux;

/** Ends a stream of each adapter; without jspecify, which is nobody's at run time. */
public final class Main {
  public static void main(String[] args) {
    try (CancelCtx ctx = Ctx.background().withCancel()) {
      var ends = new Object[2];
      Flux.never().transform(CtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[0] = end);
      Flowable.never().compose(RxCtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[1] = end);
      ctx.cancel();
      for (Object end : ends) {
        if (!(end instanceof CanceledException)) {
          throw new AssertionError("not ended by the context: " + end);
        }
      }
    }
  }
}

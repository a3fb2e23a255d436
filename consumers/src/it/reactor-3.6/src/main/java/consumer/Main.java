package consumer;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A service that is not on the newest reactor-core yet. */
public final class Main {
  public static void main(String[] args) {
    try (CancelCtx ctx = Ctx.background().withCancel()) {
      var ends = new Object[2];
      Flux.never().transform(CtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[0] = end);
      Mono.never().transform(CtxOps.bind(ctx)).subscribe(x -> {}, end -> ends[1] = end);
      ctx.cancel();
      for (Object end : ends) {
        if (!(end instanceof CanceledException)) {
          throw new AssertionError("not ended by the context: " + end);
        }
      }
    }
  }
}

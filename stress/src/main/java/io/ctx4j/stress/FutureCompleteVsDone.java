package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxFutures;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * A result is completed by somebody while the context it is bound to is canceled (B7): it is
 * complete, one way or the other, and nothing of it is left on its stage, which lives on.
 *
 * <p>Planted bug, seen in quick mode: {@code BoundFuture} leaves {@code over} as it is.
 */
@JCStressTest
@Outcome(id = "true, true, 0", expect = ACCEPTABLE, desc = "The context was first.")
@Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "The other was.")
@Outcome(expect = FORBIDDEN, desc = "It hangs, or something is left.")
@State
public class FutureCompleteVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final CompletableFuture<String> stage = new LivesOn();
  private final CompletableFuture<String> result = CtxFutures.bind(ctx, stage);

  private static final class LivesOn extends CompletableFuture<String> {
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return false;
    }
  }

  @Actor
  public void complete() {
    result.complete("value");
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Arbiter
  public void outcome(ZZI_Result r) {
    r.r1 = result.isDone();
    r.r2 = result.isCompletedExceptionally();
    r.r3 = stage.getNumberOfDependents();
  }
}

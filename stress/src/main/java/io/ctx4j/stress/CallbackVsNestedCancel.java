package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A context and one below it are canceled at once (C6): the callbacks of both find what is below
 * them done, whichever of the two marks it.
 *
 * <p>Planted bug, seen in quick mode: {@code Cancellation.run} does not wait for the other
 * cancellations that it met.
 */
@JCStressTest
@Outcome(id = "done, done", expect = ACCEPTABLE, desc = "Both callbacks saw their subtree done.")
@Outcome(expect = FORBIDDEN, desc = "A callback saw a live context below its own.")
@State
public class CallbackVsNestedCancel {
  private final CancelCtx upper = Ctx.background().withCancel();
  private final CancelCtx lower = upper.withCancel();
  private final Ctx below = lower.withCancel().withCancel().withCancel();
  private final Look ofUpper = new Look(below);
  private final Look ofLower = new Look(below);

  public CallbackVsNestedCancel() {
    upper.onDone(ofUpper);
    lower.onDone(ofLower);
  }

  @Actor
  public void upper() {
    upper.cancel();
  }

  @Actor
  public void lower() {
    lower.cancel();
  }

  @Arbiter
  public void seen(LL_Result r) {
    r.r1 = ofUpper.seen();
    r.r2 = ofLower.seen();
  }
}

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
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A context with one callback, which goes the short way, is canceled at once with its parent (C1,
 * C3, C5): it has one end, that of whoever won, which both see when their calls return, and its
 * callback runs once.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.markLeaf} looks and marks in two steps. In sanity
 * mode: it does so without the monitor, which tears the register, so that a call throws.
 */
@JCStressTest
@Outcome(
    id = {"own, won own, own 1", "upper, lost upper, upper 1"},
    expect = ACCEPTABLE,
    desc = "Its end is its own and it says so, or it is its parent's.")
@Outcome(
    expect = FORBIDDEN,
    desc = "Its end has changed or is missing, or the callback was lost or ran twice.")
@State
public class LeafCancelVsUpperCancel {
  private final CancelCtx upper = Ctx.background().withCancel();
  private final CancelCtx leaf = upper.withCancel();
  private final Counted callback = new Counted();

  public LeafCancelVsUpperCancel() {
    leaf.onDone(callback);
  }

  private String cause() {
    Throwable cause = leaf.cause();
    return cause == null ? "live" : String.valueOf(cause.getMessage());
  }

  @Actor
  public void upper(LLL_Result r) {
    upper.cancel(new Exception("upper"));
    r.r1 = cause();
  }

  @Actor
  public void leaf(LLL_Result r) {
    r.r2 = (leaf.cancel(new Exception("own")) ? "won " : "lost ") + cause();
  }

  @Arbiter
  public void end(LLL_Result r) {
    r.r3 = cause() + " " + callback.runs();
  }
}

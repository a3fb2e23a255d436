package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/**
 * Two threads cancel a context with different causes (C1): one of them wins, and says so.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.mark} and {@code markLeaf} without the monitor.
 */
@JCStressTest
@Outcome(id = "true, false, first", expect = ACCEPTABLE, desc = "The first one wins.")
@Outcome(id = "false, true, second", expect = ACCEPTABLE, desc = "The second one wins.")
@Outcome(expect = FORBIDDEN, desc = "Both or neither have won, or the cause is the loser's.")
@State
public class CancelVsCancel {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Actor
  public void first(ZZL_Result r) {
    r.r1 = ctx.cancel(new Exception("first"));
  }

  @Actor
  public void second(ZZL_Result r) {
    r.r2 = ctx.cancel(new Exception("second"));
  }

  @Arbiter
  public void cause(ZZL_Result r) {
    r.r3 = requireNonNull(ctx.cause()).getMessage();
  }
}

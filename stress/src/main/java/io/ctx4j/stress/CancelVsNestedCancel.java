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
import org.openjdk.jcstress.infra.results.ZLL_Result;

/**
 * A context and one below it are canceled at once (C3, C5, C25): when the upper call returns all is
 * done, even what the lower one has still to mark; and the lower one leaves nothing behind.
 *
 * <p>Planted bug, seen in sanity mode: {@code Cancellation.run} leaves the parent's register before
 * it marks what is below.
 */
@JCStressTest
@Outcome(
    id = {"true, upper, upper", "true, lower, upper"},
    expect = ACCEPTABLE,
    desc = "All below is done; the lower one has an end of its own, or the upper one's.")
@Outcome(
    expect = FORBIDDEN,
    desc = "A live context was left below, or the upper one has the end of the lower.")
@State
public class CancelVsNestedCancel {
  private final CancelCtx upper = Ctx.background().withCancel();
  private final CancelCtx lower = upper.withCancel();
  private final Ctx below = lower.withCancel().withCancel().withCancel();

  @Actor
  public void upper(ZLL_Result r) {
    upper.cancel(new Exception("upper"));
    r.r1 = below.isDone();
  }

  @Actor
  public void lower() {
    lower.cancel(new Exception("lower"));
  }

  @Arbiter
  public void ends(ZLL_Result r) {
    r.r2 = below.err() == lower.err() ? requireNonNull(lower.cause()).getMessage() : "two errs";
    r.r3 = requireNonNull(upper.cause()).getMessage();
  }
}

package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;

/**
 * Two threads cancel a context (C5): the loser, too, returns when all below it is done.
 *
 * <p>Planted bug, seen in sanity mode: {@code Cancelable.isOver} does not wait for the marking.
 */
@JCStressTest
@Outcome(
    id = {"true, true, true, false", "true, true, false, true"},
    expect = ACCEPTABLE,
    desc = "All was done for both of them, and one has won.")
@Outcome(expect = FORBIDDEN, desc = "A call returned while there was a live context below.")
@State
public class LoserVsWinner {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Ctx below = ctx.withCancel().withCancel().withCancel();

  @Actor
  public void first(ZZZZ_Result r) {
    r.r3 = ctx.cancel();
    r.r1 = below.isDone();
  }

  @Actor
  public void second(ZZZZ_Result r) {
    r.r4 = ctx.cancel();
    r.r2 = below.isDone();
  }
}

package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.Ctx.Registration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/**
 * Two callbacks that stand side by side are unregistered at once (C25, C27): the ones around them
 * stay, and run.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.remove} without the monitor.
 */
@JCStressTest
@Outcome(id = "true, true, 1 0 0 1", expect = ACCEPTABLE, desc = "Two went and two ran.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The register is torn: one was lost, or ran although it had gone.")
@State
public class UnregisterNeighbors {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted one = new Counted();
  private final Counted two = new Counted();
  private final Counted three = new Counted();
  private final Counted four = new Counted();
  private final Registration second;
  private final Registration third;

  public UnregisterNeighbors() {
    ctx.onDone(one);
    second = ctx.onDone(two);
    third = ctx.onDone(three);
    ctx.onDone(four);
  }

  @Actor
  public void second(ZZL_Result r) {
    r.r1 = second.unregister();
  }

  @Actor
  public void third(ZZL_Result r) {
    r.r2 = third.unregister();
  }

  @Arbiter
  public void runs(ZZL_Result r) {
    ctx.cancel();
    r.r3 = one.runs() + " " + two.runs() + " " + three.runs() + " " + four.runs();
  }
}

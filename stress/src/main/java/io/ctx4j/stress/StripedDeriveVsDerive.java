package io.ctx4j.stress;

import static io.ctx4j.Striped.striped;
import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * Two threads derive from a context whose children register in stripes, and both make its first
 * stripe (C5): the parent's end is the end of both children, and what has left is in no register.
 *
 * <p>Planted bug, seen in quick mode: who comes second with a stripe registers in its own, after
 * that has left the parent.
 */
@JCStressTest
@Outcome(
    id = "true, true, true",
    expect = ACCEPTABLE,
    desc = "Both children ended with their parent.")
@Outcome(expect = FORBIDDEN, desc = "A child was left out of the register, or stays in it.")
@State
public class StripedDeriveVsDerive {
  private final CancelCtx parent = striped(Ctx.background().withCancel());
  private @Nullable CancelCtx first;
  private @Nullable CancelCtx second;

  @Actor
  public void first() {
    first = parent.withCancel();
    parent.withCancel().cancel();
  }

  @Actor
  public void second() {
    second = parent.withCancel();
    parent.withCancel().cancel();
  }

  @Arbiter
  public void children(ZZZ_Result r) {
    r.r3 = parent.tree().lines().count() == 3;
    parent.cancel();
    r.r1 = requireNonNull(first).isDone();
    r.r2 = requireNonNull(second).isDone();
  }
}

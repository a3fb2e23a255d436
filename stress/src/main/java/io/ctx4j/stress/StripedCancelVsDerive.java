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
 * A child is derived from a context whose children register in stripes while another thread derives
 * one, too, and then cancels the context (C3, C5): both children are done, with the parent's err.
 *
 * <p>Planted bug, seen in quick mode: a new stripe is put where others find it before it is
 * registered.
 */
@JCStressTest
@Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "Both ended as the parent did.")
@Outcome(expect = FORBIDDEN, desc = "A child was left live, or has an err of its own.")
@State
public class StripedCancelVsDerive {
  private final CancelCtx parent = striped(Ctx.background().withCancel());
  private @Nullable Ctx first;
  private @Nullable Ctx second;

  @Actor
  public void derive() {
    first = parent.withCancel();
  }

  @Actor
  public void deriveAndCancel() {
    second = parent.withCancel();
    parent.cancel();
  }

  @Arbiter
  public void children(ZZZ_Result r) {
    r.r1 = requireNonNull(first).isDone();
    r.r2 = requireNonNull(second).isDone();
    r.r3 = first.err() == parent.err() && second.err() == parent.err();
  }
}

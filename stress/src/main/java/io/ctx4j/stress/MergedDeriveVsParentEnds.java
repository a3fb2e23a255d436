package io.ctx4j.stress;

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
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A child is derived from a merged context while a parent of that ends (C3, C5, C6): it ends as the
 * merged one does, before the parent's cancel returns.
 *
 * <p>Planted bug, seen in quick mode: {@code Cancellation.markBelow} takes the register of a merged
 * context and sets its end in two steps.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The child was not there yet, or was done.")
@Outcome(expect = FORBIDDEN, desc = "A child was left live below a merged context that is done.")
@State
public class MergedDeriveVsParentEnds {
  private final CancelCtx first = Ctx.background().withCancel();
  private final CancelCtx second = Ctx.background().withCancel();
  private final Ctx merged = Ctx.merge(first, second);
  private volatile @Nullable Ctx child;

  @Actor
  public void end(ZZ_Result r) {
    first.cancel();
    Ctx child = this.child;
    r.r1 = child == null || child.isDone();
  }

  @Actor
  public void derive() {
    child = merged.withCancel();
  }

  @Arbiter
  public void child(ZZ_Result r) {
    r.r2 = requireNonNull(child).err() == merged.err() && merged.err() == first.err();
  }
}

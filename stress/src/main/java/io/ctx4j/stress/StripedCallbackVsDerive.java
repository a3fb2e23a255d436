package io.ctx4j.stress;

import static io.ctx4j.Striped.striped;
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
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A child is derived from a context whose children register in stripes while that is canceled (C6):
 * the parent's callback finds every child that it can reach done.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.adopt} asks the stripe whether it is done and
 * then appends, in two steps.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The callback saw the child done, or none yet.")
@Outcome(expect = FORBIDDEN, desc = "The callback saw a live child.")
@State
public class StripedCallbackVsDerive {
  private final CancelCtx parent = striped(Ctx.background().withCancel());
  private volatile @Nullable Ctx child;
  private boolean clean;

  public StripedCallbackVsDerive() {
    parent.onDone(() -> {
      Ctx child = this.child;
      clean = child == null || child.isDone();
    });
  }

  @Actor
  public void cancel() {
    parent.cancel();
  }

  @Actor
  public void derive() {
    child = parent.withCancel();
  }

  @Arbiter
  public void seen(Z_Result r) {
    r.r1 = clean;
  }
}

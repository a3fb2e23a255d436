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
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A callback is added while its context is being canceled (C6, C26): it too finds the subtree done.
 *
 * <p>Planted bug, seen in quick mode: {@code DoneListener.listen} does not wait for the marking.
 */
@JCStressTest
@Outcome(id = "done", expect = ACCEPTABLE, desc = "It saw the subtree done.")
@Outcome(expect = FORBIDDEN, desc = "It saw a live context below its own, or did not run once.")
@State
public class LateCallbackVsCancel {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Ctx below = ctx.withCancel().withCancel().withCancel();
  private final Look late = new Look(below);

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void register() {
    ctx.onDone(late);
  }

  @Arbiter
  public void seen(L_Result r) {
    r.r1 = late.seen();
  }
}

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
 * A context is canceled while a child is derived from it (C3, C5): the child is done, with the
 * parent's err.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.adopt} asks whether the parent is done and then
 * appends, in two steps.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The child ended as the parent did.")
@Outcome(expect = FORBIDDEN, desc = "A child was left live, or has an err of its own.")
@State
public class CancelVsDerive {
  private final CancelCtx parent = Ctx.background().withCancel();
  private @Nullable Ctx child;

  @Actor
  public void cancel() {
    parent.cancel();
  }

  @Actor
  public void derive() {
    child = parent.withCancel();
  }

  @Arbiter
  public void child(ZZ_Result r) {
    r.r1 = requireNonNull(child).isDone();
    r.r2 = child.err() == parent.err();
  }
}

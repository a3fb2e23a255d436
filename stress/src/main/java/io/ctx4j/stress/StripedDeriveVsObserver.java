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
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A child is derived from a context whose children register in stripes, by a thread that has seen
 * that done (C4, C5): then the child is born done, though the stripes may be done a moment later.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.adopt} asks the stripe only, and not the parent.
 */
@JCStressTest
@Outcome(id = "live parent", expect = ACCEPTABLE, desc = "The parent was not done yet.")
@Outcome(id = "done", expect = ACCEPTABLE, desc = "Who saw the parent done got a done child.")
@Outcome(expect = FORBIDDEN, desc = "Who saw the parent done got a live child.")
@State
public class StripedDeriveVsObserver {
  private final CancelCtx parent = striped(Ctx.background().withCancel());
  private @Nullable String seen;

  public StripedDeriveVsObserver() {
    parent.withCancel().cancel(); // so that there is a stripe
  }

  @Actor
  public void cancel() {
    parent.cancel();
  }

  @Actor
  public void derive() {
    if (parent.isDone()) {
      seen = parent.withCancel().isDone() ? "done" : "live child";
    } else {
      seen = "live parent";
    }
  }

  @Arbiter
  public void seen(L_Result r) {
    r.r1 = requireNonNull(seen);
  }
}

package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZLI_Result;

/**
 * A context with a callback is canceled and closed at once (C1, C2, C5): one ending, told once;
 * when either call returns the context is done.
 *
 * <p>Planted bug, seen in sanity mode: {@code Cancellation.run} takes the end that it finds for its
 * own ({@code root.end != null} in place of {@code == this}).
 */
@JCStressTest
@Outcome(id = "true, canceled, 1", expect = ACCEPTABLE, desc = "The cancellation wins.")
@Outcome(id = "false, closed, 1", expect = ACCEPTABLE, desc = "The end of the scope wins.")
@Outcome(expect = FORBIDDEN, desc = "Two endings, or none, or the callback ran twice.")
@State
public class CancelVsClose {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted callback = new Counted();

  public CancelVsClose() {
    ctx.onDone(callback);
  }

  @Actor
  public void cancel(ZLI_Result r) {
    r.r1 = ctx.cancel();
  }

  @Actor
  public void close() {
    ctx.close();
  }

  @Arbiter
  public void end(ZLI_Result r) {
    var err = (CanceledException) requireNonNull(ctx.err());
    r.r2 = err.isClosed() ? "closed" : "canceled";
    r.r3 = callback.runs();
  }
}

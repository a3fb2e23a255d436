package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * A context becomes done while the source completes (R1, R3, R4): one of the two is told.
 *
 * <p>Planted bug, seen in quick mode: {@code StreamEnd.upstreamEnded} looks and then sets, in two
 * steps.
 */
@JCStressTest
@Outcome(id = "complete, 0", expect = ACCEPTABLE, desc = "The source was first.")
@Outcome(
    id = "context, 1",
    expect = ACCEPTABLE,
    desc = "The context was first; the source was canceled.")
@Outcome(
    expect = FORBIDDEN,
    desc = "Two terminal signals or none, or the source was canceled although it had completed.")
@State
public class BindCompleteVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Signals signals = new Signals();

  public BindCompleteVsDone() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void complete() {
    source.subscriber().onComplete();
  }

  @Arbiter
  public void received(LI_Result r) {
    r.r1 = signals.received();
    r.r2 = source.cancellations();
  }
}

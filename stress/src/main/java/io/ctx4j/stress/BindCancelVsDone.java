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
 * A context becomes done while the consumer cancels (R3, R4): the source is canceled once.
 *
 * <p>Planted bug, seen in quick mode: {@code StreamEnd.downstreamCanceled} looks and then sets, in
 * two steps.
 */
@JCStressTest
@Outcome(
    id = {"nothing, 1", "context, 1"},
    expect = ACCEPTABLE,
    desc = "The consumer was told or had canceled before; the source was canceled once.")
@Outcome(expect = FORBIDDEN, desc = "The source was canceled twice, or not at all.")
@State
public class BindCancelVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Signals signals = new Signals();

  public BindCancelVsDone() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void cancel() {
    signals.subscription().cancel();
  }

  @Arbiter
  public void received(LI_Result r) {
    r.r1 = signals.received();
    r.r2 = source.cancellations();
  }
}

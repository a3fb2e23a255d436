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
import org.openjdk.jcstress.infra.results.LII_Result;

/**
 * A context becomes done while the source fails (R1, R4): one of the two errors is told; where that
 * is the context's, the other one goes to onErrorDropped.
 *
 * <p>Planted bug, seen in sanity mode: {@code StreamEnd.onDone} looks for an earlier cut and not
 * for an earlier end.
 */
@JCStressTest
@Outcome(id = "error, 0, 0", expect = ACCEPTABLE, desc = "The source was first.")
@Outcome(
    id = "context, 1, 1",
    expect = ACCEPTABLE,
    desc = "The context was first; the source's error was dropped.")
@Outcome(expect = FORBIDDEN, desc = "Two terminal signals, or none, or an error was lost.")
@State
public class BindErrorVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Signals signals = new Signals();

  public BindErrorVsDone() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void fail() {
    source.subscriber().onError(new Exception("source"));
  }

  @Arbiter
  public void received(LII_Result r) {
    r.r1 = signals.received();
    r.r2 = signals.dropped();
    r.r3 = source.cancellations();
  }
}

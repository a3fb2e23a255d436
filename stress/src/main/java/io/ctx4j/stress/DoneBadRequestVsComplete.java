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
 * A bad request meets the completion of done() (C30, §1.7, §3.9): there is one terminal signal.
 *
 * <p>Planted bug, seen in quick mode: {@code DoneSubscription.leave} looks and then sets, in two
 * steps.
 */
@JCStressTest
@Outcome(id = "error", expect = ACCEPTABLE, desc = "The request was first.")
@Outcome(id = "complete", expect = ACCEPTABLE, desc = "The completion was first.")
@Outcome(expect = FORBIDDEN, desc = "Two terminal signals, or none.")
@State
public class DoneBadRequestVsComplete {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();

  public DoneBadRequestVsComplete() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void complete() {
    ctx.cancel();
  }

  @Actor
  public void request() {
    signals.subscription().request(0);
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.received();
  }
}

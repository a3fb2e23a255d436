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
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * A subscription to done() is canceled while the context becomes done (C30): it completes or it
 * does not, and neither of the two trips over the other.
 *
 * <p>Planted bug, seen in quick mode: {@code onDone} reads the subscriber after it has looked at
 * the state, which cancel lets go of.
 */
@JCStressTest
@Outcome(id = "nothing, 0", expect = ACCEPTABLE, desc = "It was canceled in time.")
@Outcome(id = "complete, 0", expect = ACCEPTABLE, desc = "It completed.")
@Outcome(expect = FORBIDDEN, desc = "It completed twice, or one of the two threw.")
@State
public class DoneCancelVsComplete {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();
  private final Counted thrown = new Counted();

  public DoneCancelVsComplete() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void complete() {
    Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> thrown.run());
    ctx.cancel();
    Thread.currentThread().setUncaughtExceptionHandler(null);
  }

  @Actor
  public void cancel() {
    signals.subscription().cancel();
  }

  @Arbiter
  public void received(LI_Result r) {
    r.r1 = signals.received();
    r.r2 = thrown.runs();
  }
}

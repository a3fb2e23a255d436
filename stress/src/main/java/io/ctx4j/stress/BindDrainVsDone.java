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
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Flux;

/**
 * A context becomes done while bind feeds a consumer from a range by itself (R1, R4): after some
 * elements comes one end, and nothing beside it.
 *
 * <p>Planted bug, seen in quick mode: {@code BindFluxSubscriber.drain} does not begin an emission.
 */
@JCStressTest
@Outcome(id = "1 2 3 complete", expect = ACCEPTABLE, desc = "The source was first.")
@Outcome(id = "context", expect = ACCEPTABLE, desc = "The context was first.")
@Outcome(
    id = {"1 context", "1 2 context", "1 2 3 context"},
    expect = ACCEPTABLE,
    desc = "The context came in between.")
@Outcome(expect = FORBIDDEN, desc = "Two signals met, or the end was lost or told twice.")
@State
public class BindDrainVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();

  public BindDrainVsDone() {
    Flux.range(1, 3).transform(CtxOps.bind(ctx)).cast(Object.class).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void drain() {
    signals.subscription().request(5);
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.receivedWhenEnded();
  }
}

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
 * A context becomes done while done() is being subscribed to (C30, §1.3, §1.9): onSubscribe is over
 * before it completes, once.
 *
 * <p>Planted bug, seen in sanity mode: {@code DoneSubscription.subscribe} opens and listens before
 * it calls onSubscribe.
 */
@JCStressTest
@Outcome(id = "complete", expect = ACCEPTABLE, desc = "It completed after onSubscribe.")
@Outcome(expect = FORBIDDEN, desc = "The completion was lost, or met onSubscribe.")
@State
public class DoneSubscribeVsComplete {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();

  @Actor
  public void subscribe() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void complete() {
    ctx.cancel();
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.received();
  }
}

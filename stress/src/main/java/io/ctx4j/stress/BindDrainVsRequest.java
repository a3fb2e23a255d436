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
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;

/**
 * More is requested while bind feeds a consumer from a range by itself (R4): one drain does it all,
 * or one comes after the other, and no demand is lost.
 *
 * <p>Planted bug, seen in quick mode: {@code BindFluxSubscriber.drain} takes what it has delivered
 * off the demand in two steps.
 */
@JCStressTest
@Outcome(id = "1 2 3", expect = ACCEPTABLE, desc = "Each element once, in order.")
@Outcome(expect = FORBIDDEN, desc = "Two drains met, or one was missed.")
@State
public class BindDrainVsRequest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals() {
    @Override
    void subscribed(Subscription subscription) {
      request(subscription);
    }
  };

  public BindDrainVsRequest() {
    Flux.range(1, 5).transform(CtxOps.bind(ctx)).cast(Object.class).subscribe(signals);
  }

  @Actor
  public void one() {
    signals.subscription().request(1);
  }

  @Actor
  public void another() {
    signals.subscription().request(1);
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.received();
    ctx.close();
  }
}

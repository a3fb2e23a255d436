package io.ctx4j.stress;

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
import org.openjdk.jcstress.infra.results.ZL_Result;
import org.reactivestreams.Subscription;

/**
 * A subscription to done() is canceled by another thread while subscribe has not returned (C30):
 * nothing stays on the context.
 *
 * <p>Planted bug, seen in quick mode: {@code DoneSubscription.subscribe} does not look for a
 * cancellation after it has registered.
 */
@JCStressTest
@Outcome(id = "true, nothing", expect = ACCEPTABLE, desc = "Nothing is registered.")
@Outcome(expect = FORBIDDEN, desc = "A canceled subscription was left registered.")
@State
public class DoneSubscribeVsCancel {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private volatile @Nullable Subscription subscription;
  private final Signals signals = new Signals() {
    @Override
    void subscribed(Subscription subscription) {
      DoneSubscribeVsCancel.this.subscription = subscription;
    }
  };

  @Actor
  public void subscribe() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void cancel() {
    Subscription subscription = this.subscription;
    while (subscription == null) {
      Thread.onSpinWait();
      subscription = this.subscription;
    }
    subscription.cancel();
  }

  @Arbiter
  public void left(ZL_Result r) {
    r.r1 = Register.isEmpty(ctx);
    r.r2 = signals.received();
  }
}

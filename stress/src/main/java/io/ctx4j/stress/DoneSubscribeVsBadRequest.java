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
 * A bad request comes from another thread while subscribe has not returned (C30, §1.3, §3.9): the
 * error is told once, after onSubscribe, and nothing stays on the context.
 *
 * <p>Planted bug, seen in sanity mode: {@code request} fails at once, whatever the state.
 */
@JCStressTest
@Outcome(id = "true, error", expect = ACCEPTABLE, desc = "The error came after onSubscribe.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The error was lost, or met onSubscribe, or the subscription is registered still.")
@State
public class DoneSubscribeVsBadRequest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private volatile @Nullable Subscription subscription;
  private final Signals signals = new Signals() {
    @Override
    void subscribed(Subscription subscription) {
      DoneSubscribeVsBadRequest.this.subscription = subscription;
      Thread.onSpinWait();
    }
  };

  @Actor
  public void subscribe() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void request() {
    Subscription subscription = this.subscription;
    while (subscription == null) {
      Thread.onSpinWait();
      subscription = this.subscription;
    }
    subscription.request(0);
  }

  @Arbiter
  public void left(ZL_Result r) {
    r.r1 = Register.isEmpty(ctx);
    r.r2 = signals.received();
  }
}

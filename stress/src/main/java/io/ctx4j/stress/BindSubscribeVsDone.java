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
import org.openjdk.jcstress.infra.results.LZ_Result;
import org.reactivestreams.Subscription;

/**
 * A context becomes done while a bound stream is subscribed to, without a request (R1, R2, §1.9):
 * the error is told when onSubscribe is over, and the source is canceled if it was subscribed to.
 *
 * <p>Planted bug, seen in quick mode: {@code StreamEnd} does not begin as
 * {@code DOWNSTREAM_NOT_READY}.
 */
@JCStressTest
@Outcome(
    id = "context, true",
    expect = ACCEPTABLE,
    desc = "The error was told once, and the source was canceled or never subscribed to.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The error was lost, or met onSubscribe, or the source goes on.")
@State
public class BindSubscribeVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Signals signals = new Signals() {
    @Override
    void subscribed(Subscription subscription) {
      linger(ctx);
    }
  };

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void subscribe() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Arbiter
  public void received(LZ_Result r) {
    r.r1 = signals.received();
    r.r2 = source.cancellations() == (source.wasSubscribed() ? 1 : 0);
  }
}

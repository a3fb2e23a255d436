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
import org.openjdk.jcstress.infra.results.LIZ_Result;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/**
 * A context becomes done while a source is subscribed to that takes its time to come (R1, R4): when
 * subscribe returns the consumer has its subscription, whoever has given it.
 *
 * <p>Planted bug, seen in quick mode: {@code Bind.subscribe} ends without
 * {@code StreamEnd.subscribeReturned}.
 */
@JCStressTest
@Outcome(
    id = {"context, 1, true", "context, 0, true"},
    expect = ACCEPTABLE,
    desc = "The consumer had its subscription, and the source was canceled or not asked.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The subscription came after subscribe, or the error was lost, or met onSubscribe.")
@State
public class BindReturnVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source() {
    @Override
    public void subscribe(CoreSubscriber<? super Object> subscriber) {
      asked = true;
      Signals.linger(ctx);
      super.subscribe(subscriber);
    }
  };
  private final Publisher<Object> bound = CtxOps.bind(ctx).apply(source);
  private final Signals signals = new Signals();
  private volatile boolean asked;

  @Actor
  public void done() {
    for (int left = 2_000; !asked && left > 0; left--) {
      Thread.onSpinWait();
    }
    ctx.cancel();
  }

  @Actor
  public void subscribe(LIZ_Result r) {
    bound.subscribe(signals);
    r.r3 = signals.isSubscribed();
  }

  @Arbiter
  public void received(LIZ_Result r) {
    r.r1 = signals.received();
    r.r2 = source.cancellations();
  }
}

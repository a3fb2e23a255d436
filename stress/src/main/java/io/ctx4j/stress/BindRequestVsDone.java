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
import org.openjdk.jcstress.infra.results.LI_Result;
import org.reactivestreams.Subscription;

/**
 * A context becomes done while the first request is made, in onSubscribe, and answered on the spot
 * (R1, R4): the error is told, after the element if that was first.
 *
 * <p>Planted bug, seen in quick mode: {@code StreamEnd.clear} reads, takes the bit off and writes,
 * in three steps.
 */
@JCStressTest
@Outcome(
    id = {"element context, 0", "context, 1"},
    expect = ACCEPTABLE,
    desc = "The element was taken or discarded, and the error was told after it.")
@Outcome(
    id = "context, 0",
    expect = ACCEPTABLE,
    desc = "The context was done before there was a request.")
@Outcome(expect = FORBIDDEN, desc = "The error or the element was lost, or the two met.")
@State
public class BindRequestVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source() {
    @Override
    public void request(long n) {
      subscriber().onNext("element");
    }
  };
  private final Signals signals = new Signals() {
    @Override
    void subscribed(Subscription subscription) {
      request(subscription);
    }
  };

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void request() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Arbiter
  public void received(LI_Result r) {
    r.r1 = signals.received();
    r.r2 = signals.discarded();
  }
}

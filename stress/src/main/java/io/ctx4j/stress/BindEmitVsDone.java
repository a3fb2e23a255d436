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
import org.openjdk.jcstress.infra.results.LII_Result;

/**
 * A context becomes done while the source emits (R1, R4): the element is taken before the error is
 * told, or it is discarded; never both at once, nor an element after the error.
 *
 * <p>Planted bugs, seen in sanity mode: {@code StreamEnd.emitting} looks whether the stream has
 * ended and does not say that it emits; in quick mode: it says so by a mere release. Never seen on
 * x86: {@code StreamEnd.clear} leaves the end to the emitter and does not look again; that it must
 * is proven there.
 */
@JCStressTest
@Outcome(id = "element context, 0, 1", expect = ACCEPTABLE, desc = "The element was first.")
@Outcome(
    id = "context, 1, 1",
    expect = ACCEPTABLE,
    desc = "The context was first; the element is discarded.")
@Outcome(expect = FORBIDDEN, desc = "Two signals met, or the element or the error was lost.")
@State
public class BindEmitVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Signals signals = new Signals();

  public BindEmitVsDone() {
    source.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void emit() {
    source.subscriber().onNext("element");
  }

  @Arbiter
  public void received(LII_Result r) {
    r.r1 = signals.receivedWhenEnded();
    r.r2 = signals.discarded();
    r.r3 = source.cancellations();
  }
}

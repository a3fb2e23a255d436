package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * Three observers of one end (C4): whoever has seen the completion of done(), err or isDone sees
 * all three, and a cause with them.
 *
 * <p>Planted bug, seen in quick mode: {@code isDone} reads a flag of its own, which {@code mark}
 * sets before the end.
 */
@JCStressTest
@Outcome(
    id = {
      "live, live, live, live",
      "live, live, live, done",
      "live, live, done, done",
      "live, done, done, done",
      "done, done, done, done"
    },
    expect = ACCEPTABLE,
    desc = "What was seen once is seen ever after.")
@Outcome(expect = FORBIDDEN, desc = "One observer saw the end, and the next one does not.")
@State
public class Observers {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();

  public Observers() {
    ctx.done().subscribe(signals);
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void observe(LLLL_Result r) {
    r.r1 = show(signals.hasEnded());
    r.r2 = show(ctx.isDone());
    r.r3 = show(ctx.err() != null);
    r.r4 = show(ctx.cause() != null);
  }

  private static String show(boolean done) {
    return done ? "done" : "live";
  }
}

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
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two callbacks are registered at once (C7, C26): both run, once.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.add(DoneListener)} without the monitor.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Both ran.")
@Outcome(expect = FORBIDDEN, desc = "A callback was lost, or ran twice.")
@State
public class RegisterVsRegister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted first = new Counted();
  private final Counted second = new Counted();

  @Actor
  public void first() {
    ctx.onDone(first);
  }

  @Actor
  public void second() {
    ctx.onDone(second);
  }

  @Arbiter
  public void runs(II_Result r) {
    ctx.cancel();
    r.r1 = first.runs();
    r.r2 = second.runs();
  }
}

package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.Ctx.Registration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * A context is canceled while its callback is unregistered (C27): either it runs or unregister is
 * true.
 *
 * <p>Planted bug, seen in quick mode: {@code DoneListener.deregister} looks and then sets, in two
 * steps.
 */
@JCStressTest
@Outcome(id = "1, false", expect = ACCEPTABLE, desc = "The callback ran.")
@Outcome(id = "0, true", expect = ACCEPTABLE, desc = "The callback was kept from running.")
@Outcome(expect = FORBIDDEN, desc = "Both, or neither.")
@State
public class CancelVsUnregister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted callback = new Counted();
  private final Registration registration = ctx.onDone(callback);

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void unregister(IZ_Result r) {
    r.r2 = registration.unregister();
  }

  @Arbiter
  public void runs(IZ_Result r) {
    r.r1 = callback.runs();
  }
}

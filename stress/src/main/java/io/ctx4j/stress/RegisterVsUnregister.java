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
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * A callback is registered while the last one is taken off (C25, C26, C27): the new one runs, the
 * old one does not.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.remove} without the monitor.
 */
@JCStressTest
@Outcome(id = "true, 0, 1, true", expect = ACCEPTABLE, desc = "One went, one came.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The register is torn: the new callback was lost, or the old one stayed.")
@State
public class RegisterVsUnregister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted old = new Counted();
  private final Counted young = new Counted();
  private final Registration registration;

  public RegisterVsUnregister() {
    ctx.onDone(() -> {});
    registration = ctx.onDone(old);
  }

  @Actor
  public void register() {
    ctx.onDone(young);
  }

  @Actor
  public void unregister(LLLL_Result r) {
    r.r1 = registration.unregister();
  }

  @Arbiter
  public void runs(LLLL_Result r) {
    ctx.cancel();
    r.r2 = old.runs();
    r.r3 = young.runs();
    r.r4 = Register.isEmpty(ctx);
  }
}

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
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * Two threads unregister one callback (C27): for one of them it is true, and nothing stays
 * registered.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.remove} without the monitor, and
 * {@code DoneListener.deregister} looks and then sets.
 */
@JCStressTest
@Outcome(id = "true, false, true", expect = ACCEPTABLE, desc = "The first one took it off.")
@Outcome(id = "false, true, true", expect = ACCEPTABLE, desc = "The second one took it off.")
@Outcome(expect = FORBIDDEN, desc = "Both or neither took it off, or it is registered still.")
@State
public class UnregisterVsUnregister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Registration registration = ctx.onDone(() -> {});

  @Actor
  public void first(ZZZ_Result r) {
    r.r1 = registration.unregister();
  }

  @Actor
  public void second(ZZZ_Result r) {
    r.r2 = registration.unregister();
  }

  @Arbiter
  public void left(ZZZ_Result r) {
    r.r3 = Register.isEmpty(ctx);
  }
}

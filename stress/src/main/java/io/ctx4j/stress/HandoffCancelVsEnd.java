package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A context is canceled while the task that runs under it ends (B1): what this thread does next
 * meets no interrupt. One that comes later is found by the next state of the same thread.
 *
 * <p>Planted bug, seen in quick mode: {@code InterruptHandoff.onDone} looks whether the task runs,
 * and then interrupts.
 */
@JCStressTest
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "No interrupt is left.")
@Outcome(expect = FORBIDDEN, desc = "An interrupt of this task, or of one before, is left.")
@State
public class HandoffCancelVsEnd {
  private final CancelCtx ctx = Ctx.background().withCancel();

  @Actor
  public void run(ZZ_Result r) {
    r.r1 = Thread.interrupted(); // of a state before
    try {
      ctx.run(Thread::onSpinWait);
    } catch (CanceledException e) {
      // before it was run
    }
    r.r2 = Thread.interrupted();
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }
}

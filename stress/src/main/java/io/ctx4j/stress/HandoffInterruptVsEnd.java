package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * Somebody else interrupts a thread while the task that it runs under a live context ends (B3): the
 * flag is kept.
 *
 * <p>Planted bug, seen in quick mode: {@code InterruptHandoff.end} clears the flag whoever has won.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The interrupt is kept, or came after the task.")
@Outcome(expect = FORBIDDEN, desc = "It is lost.")
@State
public class HandoffInterruptVsEnd {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private volatile @Nullable Thread runner;
  private volatile boolean interrupted;

  @Actor
  public void run(Z_Result r) {
    runner = Thread.currentThread();
    ctx.run(Thread::onSpinWait);
    while (!interrupted) {
      Thread.onSpinWait();
    }
    r.r1 = Thread.interrupted();
  }

  @Actor
  public void interrupt() {
    Thread thread = runner;
    while (thread == null) {
      thread = runner;
    }
    thread.interrupt();
    interrupted = true;
  }
}

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
import org.openjdk.jcstress.infra.results.LLZ_Result;

/**
 * Two children that stand side by side are closed at once (C11, C25): both leave the register,
 * their sibling stays in it.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.removeChild} without the monitor.
 */
@JCStressTest
@Outcome(
    id = "live, done, true",
    expect = ACCEPTABLE,
    desc = "Two went, and one ended with the parent.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The register is torn: a sibling was lost, or one that had gone stayed.")
@State
public class SiblingsLeave {
  private final CancelCtx parent = Ctx.background().withCancel();
  private final CancelCtx first = parent.withCancel();
  private final CancelCtx second = parent.withCancel();
  private final CancelCtx third = parent.withCancel();

  @Actor
  public void first() {
    first.close();
  }

  @Actor
  public void second() {
    second.close();
  }

  @Arbiter
  public void third(LLZ_Result r) {
    r.r1 = third.isDone() ? "done" : "live";
    String tree = parent.tree();
    parent.cancel();
    r.r2 = third.isDone() ? "done" : "live";
    r.r3 = tree.lines().count() == 2;
  }
}

package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * A parent ends while it is being merged (C24): the merged context is done as that is, and leaves
 * its other parents, those before it in the list and those after it.
 *
 * <p>Planted bug, seen in sanity mode: {@code MergedNode.register} does not leave the other
 * registers again.
 */
@JCStressTest
@Outcome(
    id = "true, true, true",
    expect = ACCEPTABLE,
    desc = "It ended with its parent, and the other ones hold nothing.")
@Outcome(expect = FORBIDDEN, desc = "It lives on, or stays registered on a live parent.")
@State
public class MergeVsParentEnds {
  private final CancelCtx first = Ctx.background().withCancel();
  private final CancelCtx second = Ctx.background().withCancel();
  private final CancelCtx third = Ctx.background().withCancel();
  private final CancelCtx fourth = Ctx.background().withCancel();
  private final CancelCtx fifth = Ctx.background().withCancel();
  private @Nullable Ctx merged;

  @Actor
  public void end() {
    second.cancel();
  }

  @Actor
  public void merge() {
    merged = Ctx.merge(first, second, third, fourth, fifth);
  }

  @Arbiter
  public void left(ZZZ_Result r) {
    r.r1 = requireNonNull(merged).err() == second.err();
    r.r2 = Register.isEmpty(first);
    r.r3 = Register.isEmpty(third) && Register.isEmpty(fourth) && Register.isEmpty(fifth);
  }
}

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
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two children are derived from one parent at once (C5): the parent's end is the end of both.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.add(Node)} without the monitor.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Both children ended with their parent.")
@Outcome(expect = FORBIDDEN, desc = "A child was left out of the register, and lives on.")
@State
public class DeriveVsDerive {
  private final CancelCtx parent = Ctx.background().withCancel();
  private @Nullable Ctx first;
  private @Nullable Ctx second;

  @Actor
  public void first() {
    first = parent.withCancel();
  }

  @Actor
  public void second() {
    second = parent.withCancel();
  }

  @Arbiter
  public void children(ZZ_Result r) {
    parent.cancel();
    r.r1 = requireNonNull(first).isDone();
    r.r2 = requireNonNull(second).isDone();
  }
}

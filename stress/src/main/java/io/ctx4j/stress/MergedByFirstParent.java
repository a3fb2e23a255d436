package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZL_Result;

/**
 * Who has seen the first parent done and cancels the second one comes second: the merged context
 * has the err of the first (C24).
 *
 * <p>Planted bug, seen in quick mode: no claim in {@code Node.mark}: whichever cancellation comes
 * to the merged context first marks it.
 */
@JCStressTest
@Outcome(
    id = {"false, first", "false, second"},
    expect = ACCEPTABLE,
    desc = "The other parent was not seen done.")
@Outcome(
    id = "true, first",
    expect = ACCEPTABLE,
    desc = "The first parent was seen done, and its err counts.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The first parent was done before, and the err is the second one's.")
@State
@SuppressWarnings("CheckReturnValue") // contexts that are dropped on purpose
public class MergedByFirstParent {
  private final CancelCtx first = Ctx.background().withCancel();
  private final CancelCtx second = Ctx.background().withCancel();
  private final Ctx merged;

  public MergedByFirstParent() {
    first.withCancel();
    merged = Ctx.merge(first, second);
  }

  @Actor
  public void first() {
    first.cancel(new Exception("first"));
  }

  @Actor
  public void second(ZL_Result r) {
    r.r1 = first.isDone();
    second.cancel(new Exception("second"));
  }

  @Arbiter
  public void end(ZL_Result r) {
    r.r2 = requireNonNull(merged.cause()).getMessage();
  }
}

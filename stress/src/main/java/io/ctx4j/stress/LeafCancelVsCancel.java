package io.ctx4j.stress;

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
import org.openjdk.jcstress.infra.results.ZZL_Result;

/**
 * Two threads cancel a context with one callback, which goes the short way (C1, C26): one of them
 * wins, and the callback runs once and finds the winner's cause.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.markLeaf} without the monitor, or in two steps.
 */
@JCStressTest
@Outcome(
    id = {"true, false, first first", "false, true, second second"},
    expect = ACCEPTABLE,
    desc = "One has won, and the callback saw its cause.")
@Outcome(expect = FORBIDDEN, desc = "Both or neither have won, or the cause has changed.")
@State
public class LeafCancelVsCancel {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private String told = "";

  public LeafCancelVsCancel() {
    ctx.onDone(() -> told += message(ctx.cause()));
  }

  private static String message(@Nullable Throwable cause) {
    return cause == null ? "none" : String.valueOf(cause.getMessage());
  }

  @Actor
  public void first(ZZL_Result r) {
    r.r1 = ctx.cancel(new Exception("first"));
  }

  @Actor
  public void second(ZZL_Result r) {
    r.r2 = ctx.cancel(new Exception("second"));
  }

  @Arbiter
  public void cause(ZZL_Result r) {
    r.r3 = told + " " + message(ctx.cause());
  }
}

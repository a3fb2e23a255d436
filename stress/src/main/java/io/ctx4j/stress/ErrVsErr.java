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
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * Two threads are the first to ask a canceled context and one below it how they ended, one for the
 * err and one for the cause (C1, C2, C3): both get the same object, and so does whoever asks later.
 *
 * <p>Planted bug, seen in sanity mode: {@code Cancellation.err} puts what it made with a plain
 * write, and not by a compare-and-set.
 */
@JCStressTest
@Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "One err, made once for all who ask.")
@Outcome(expect = FORBIDDEN, desc = "There are two errs for one end.")
@State
public class ErrVsErr {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Ctx below = ctx.withCancel();
  private @Nullable Throwable err;
  private @Nullable Throwable cause;

  public ErrVsErr() {
    ctx.cancel();
  }

  @Actor
  public void err() {
    err = ctx.err();
  }

  @Actor
  public void cause() {
    cause = below.cause();
  }

  @Arbiter
  public void same(ZZZ_Result r) {
    r.r1 = err != null && err == cause;
    r.r2 = err == ctx.err() && err == below.err();
    r.r3 = err == ctx.cause() && err == below.cause();
  }
}

package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZLL_Result;

/**
 * A deadline fires while the context is canceled (C1, C16): one of them ends it, with its own err
 * and cause.
 *
 * <p>Planted bug, seen in sanity mode: {@code TimedNode.expire} sets the end where it has seen
 * none, without the monitor.
 */
@JCStressTest
@Outcome(
    id = "true, canceled, CanceledException",
    expect = ACCEPTABLE,
    desc = "The cancellation wins.")
@Outcome(
    id = "false, late, DeadlineExceededException",
    expect = ACCEPTABLE,
    desc = "The deadline wins.")
@Outcome(expect = FORBIDDEN, desc = "Both have won, or err and cause are of different endings.")
@State
public class DeadlineVsCancel {
  private final Clock clock = new Clock();
  private final CancelCtx ctx =
      Ctx.root(clock).withTimeout(Duration.ofSeconds(1), () -> new Exception("late"));

  @Actor
  public void deadline() {
    clock.fire();
  }

  @Actor
  public void cancel(ZLL_Result r) {
    r.r1 = ctx.cancel(new Exception("canceled"));
  }

  @Arbiter
  public void end(ZLL_Result r) {
    r.r2 = requireNonNull(ctx.cause()).getMessage();
    r.r3 = requireNonNull(ctx.err()).getClass().getSimpleName();
  }
}

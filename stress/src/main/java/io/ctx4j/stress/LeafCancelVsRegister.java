package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.Ctx.Registration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/**
 * A context with one callback, which goes the short way, is canceled while a second one is
 * registered, with which it cannot (C26): both run once.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.markLeaf} without the monitor.
 */
@JCStressTest
@Outcome(
    id = "1, 1, false",
    expect = ACCEPTABLE,
    desc = "Both callbacks ran once; there is nothing to unregister.")
@Outcome(expect = FORBIDDEN, desc = "A callback was lost, or ran twice.")
@State
public class LeafCancelVsRegister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted first = new Counted();
  private final Counted second = new Counted();
  private @Nullable Registration registration;

  public LeafCancelVsRegister() {
    ctx.onDone(first);
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void register() {
    registration = ctx.onDone(second);
  }

  @Arbiter
  public void runs(IIZ_Result r) {
    r.r1 = first.runs();
    r.r2 = second.runs();
    r.r3 = requireNonNull(registration).unregister();
  }
}

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
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * A context is canceled while a callback is registered on it (C26): it runs once.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.add(DoneListener)} without the monitor.
 */
@JCStressTest
@Outcome(
    id = "1, false",
    expect = ACCEPTABLE,
    desc = "The callback ran once; there is nothing to unregister.")
@Outcome(expect = FORBIDDEN, desc = "The callback was lost, or ran twice.")
@State
public class CancelVsRegister {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Counted callback = new Counted();
  private @Nullable Registration registration;

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void register() {
    registration = ctx.onDone(callback);
  }

  @Arbiter
  public void runs(IZ_Result r) {
    r.r1 = callback.runs();
    r.r2 = requireNonNull(registration).unregister();
  }
}

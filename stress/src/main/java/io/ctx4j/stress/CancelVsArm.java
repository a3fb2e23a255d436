package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A context is canceled while a child with a deadline is derived from it (C20): the child's timer
 * is not left behind.
 *
 * <p>Planted bug, seen in quick mode: {@code TimedNode.armed} stores what {@code schedule} returned
 * without looking whether it is wanted still.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The child is done, and no timer is left.")
@Outcome(expect = FORBIDDEN, desc = "The child lives on, or its timer does.")
@State
public class CancelVsArm {
  private final Clock clock = new Clock();
  private final CancelCtx parent = Ctx.root(clock).withCancel();
  private @Nullable Ctx child;

  @Actor
  public void cancel() {
    parent.cancel();
  }

  @Actor
  public void derive() {
    child = parent.withTimeout(Duration.ofHours(1));
  }

  @Arbiter
  public void left(ZZ_Result r) {
    r.r1 = requireNonNull(child).isDone();
    r.r2 = clock.isIdle();
  }
}

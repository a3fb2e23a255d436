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
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * A deadline fires while the context is closed (C16, C20): the supplier is asked at most once, and
 * when the deadline wins its cause counts; no timer is left.
 *
 * <p>Planted bug, seen in sanity mode: {@code close} disarms first and ends after that: the
 * supplier is gone before it is known who wins.
 */
@JCStressTest
@Outcome(id = "context closed, 0, true", expect = ACCEPTABLE, desc = "It was closed in time.")
@Outcome(
    id = "context closed, 1, true",
    expect = ACCEPTABLE,
    desc = "It was closed while the cause was being supplied.")
@Outcome(id = "late, 1, true", expect = ACCEPTABLE, desc = "The deadline wins.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The supplied cause was lost, or asked for twice, or a timer is left.")
@State
public class DeadlineVsClose {
  private final Clock clock = new Clock();
  private final Counted supplied = new Counted();
  private final CancelCtx ctx = Ctx.root(clock).withTimeout(Duration.ofSeconds(1), () -> {
    supplied.run();
    return new Exception("late");
  });

  @Actor
  public void deadline() {
    clock.fire();
  }

  @Actor
  public void close() {
    ctx.close();
  }

  @Arbiter
  public void end(LIZ_Result r) {
    r.r1 = requireNonNull(ctx.cause()).getMessage();
    r.r2 = supplied.runs();
    r.r3 = clock.isIdle();
  }
}

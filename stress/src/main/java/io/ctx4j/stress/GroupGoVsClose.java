package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.Ctx;
import io.ctx4j.CtxGroup;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A task is handed to a group while that is closed (E2, E3): none runs once close has returned, and
 * each future is complete.
 *
 * <p>Planted bug, seen in quick mode: {@code CtxGroup.close} does not wait for what runs.
 */
@JCStressTest
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "Not running after close, and complete.")
@Outcome(expect = FORBIDDEN, desc = "It runs on, or its future hangs.")
@State
public class GroupGoVsClose {
  private final CtxGroup group = CtxGroup.of(Ctx.background(), Runnable::run);
  private volatile boolean running;
  private @Nullable Future<String> task;

  @Actor
  public void go() {
    task = group.go(() -> {
      running = true;
      Thread.onSpinWait();
      running = false;
      return "";
    });
  }

  @Actor
  public void close(ZZ_Result r) {
    group.close();
    r.r1 = running;
  }

  @Arbiter
  public void future(ZZ_Result r) {
    r.r2 = task != null && task.isDone();
  }
}

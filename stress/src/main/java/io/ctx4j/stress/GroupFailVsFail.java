package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.Ctx;
import io.ctx4j.CtxGroup;
import java.util.concurrent.ExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Two tasks of a group fail at once (E1): one of them is the cause of the group's end, and of what
 * join throws.
 *
 * <p>Planted bug, seen in quick mode: {@code CtxGroup.fails} keeps what it was given, also where it
 * did not end the group.
 */
@JCStressTest
@Outcome(id = "a, a", expect = ACCEPTABLE, desc = "The one was first.")
@Outcome(id = "b, b", expect = ACCEPTABLE, desc = "The other was.")
@Outcome(expect = FORBIDDEN, desc = "Two causes, or none.")
@State
public class GroupFailVsFail {
  private final CtxGroup group = CtxGroup.of(Ctx.background(), Runnable::run);

  @SuppressWarnings("FutureReturnValueIgnored") // join tells
  private void fail(String why) {
    group.go(() -> {
      throw new Exception(why);
    });
  }

  @Actor
  public void one() {
    fail("a");
  }

  @Actor
  public void other() {
    fail("b");
  }

  @Arbiter
  public void join(LL_Result r) {
    Throwable cause = group.ctx().cause();
    r.r1 = cause == null ? "none" : cause.getMessage();
    try {
      group.join();
      r.r2 = "none";
    } catch (InterruptedException e) {
      r.r2 = "interrupted";
    } catch (ExecutionException e) {
      Throwable first = e.getCause();
      r.r2 = first == null ? "none" : first.getMessage();
    }
  }
}

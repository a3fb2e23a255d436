package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * One listener is registered on two contexts at once: one of the calls is refused, and the listener
 * hears of the other context alone.
 *
 * <p>Planted bug, seen in sanity mode: {@code DoneListener.registeredOn} looks and then sets, in
 * two steps.
 */
@JCStressTest
@Outcome(
    id = "registered, refused, true, false",
    expect = ACCEPTABLE,
    desc = "It is on the first context.")
@Outcome(
    id = "refused, registered, false, true",
    expect = ACCEPTABLE,
    desc = "It is on the second context.")
@Outcome(expect = FORBIDDEN, desc = "It stands in two registers, or in none.")
@State
public class ListenVsListen {
  private final CancelCtx first = Ctx.background().withCancel();
  private final CancelCtx second = Ctx.background().withCancel();
  private final Listener listener = new Listener();

  private static final class Listener extends DoneListener {
    String listenTo(Ctx ctx) {
      try {
        return listen(ctx) ? "registered" : "done";
      } catch (IllegalStateException e) {
        return "refused";
      }
    }

    @Override
    protected void onDone(CtxException err) {}
  }

  @Actor
  public void first(LLLL_Result r) {
    r.r1 = listener.listenTo(first);
  }

  @Actor
  public void second(LLLL_Result r) {
    r.r2 = listener.listenTo(second);
  }

  @Arbiter
  public void registers(LLLL_Result r) {
    r.r3 = !Register.isEmpty(first);
    r.r4 = !Register.isEmpty(second);
  }
}

package io.ctx4j.stress;

import static io.ctx4j.Striped.striped;
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
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * A listener is registered in a stripe while the context is canceled (C5): it is told once, before
 * cancel returns or after, or it is refused.
 *
 * <p>Planted bug, seen in quick mode: {@code Node.register} asks whether the stripe is done and
 * then appends, in two holds of its monitor.
 */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "It was registered, and told.")
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "It was refused.")
@Outcome(expect = FORBIDDEN, desc = "It was lost, or told twice.")
@State
public class StripedListenVsCancel {
  private final CancelCtx ctx = striped(Ctx.background().withCancel());
  private final Listener listener = new Listener();

  private static final class Listener extends DoneListener {
    private int told;

    boolean listenTo(Ctx ctx) {
      return listen(ctx);
    }

    @Override
    protected void onDone(CtxException err) {
      told++;
    }
  }

  @Actor
  public void cancel() {
    ctx.cancel();
  }

  @Actor
  public void listen(ZI_Result r) {
    r.r1 = listener.listenTo(ctx);
  }

  @Arbiter
  public void received(ZI_Result r) {
    r.r2 = listener.told;
  }
}

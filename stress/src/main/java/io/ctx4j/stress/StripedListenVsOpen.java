package io.ctx4j.stress;

import static io.ctx4j.Striped.striped;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * A thread registers two listeners while another one opens stripes for them (C7): they are called
 * in that order.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.add(DoneListener)} does not look again, with the
 * monitor held, whether stripes are open.
 */
@JCStressTest
@Outcome(id = "true, 3", expect = ACCEPTABLE, desc = "The first was called before the second.")
@Outcome(expect = FORBIDDEN, desc = "The second was called before the first, or one was lost.")
@State
public class StripedListenVsOpen {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final List<String> order = new ArrayList<>();

  @Actor
  public void open() {
    striped(ctx);
    new Recorded("other", order).listenTo(ctx);
  }

  @Actor
  public void listen() {
    new Recorded("first", order).listenTo(ctx);
    new Recorded("second", order).listenTo(ctx);
  }

  @Arbiter
  public void order(ZI_Result r) {
    ctx.cancel();
    r.r1 = order.indexOf("first") < order.indexOf("second");
    r.r2 = order.size();
  }
}

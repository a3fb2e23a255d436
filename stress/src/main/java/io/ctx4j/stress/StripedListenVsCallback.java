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
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A listener and a callback are registered at once, where listeners stand in stripes (C7): who
 * comes after the other, and knows that, is called after it.
 *
 * <p>Planted bug, seen in sanity mode: {@code Node.add(Callback)} leaves the stripes open.
 */
@JCStressTest
@Outcome(
    id = {"false, true", "false, false"},
    expect = ACCEPTABLE,
    desc = "Neither knew of the other.")
@Outcome(
    id = "true, true",
    expect = ACCEPTABLE,
    desc = "The listener came later, and is called later.")
@Outcome(expect = FORBIDDEN, desc = "The listener came later, and is called before.")
@State
public class StripedListenVsCallback {
  private final CancelCtx ctx = striped(Ctx.background().withCancel());
  private final List<String> order = new ArrayList<>();
  private volatile boolean registered;

  public StripedListenVsCallback() {
    new Recorded("first", order).listenTo(ctx); // so that there is a stripe
  }

  @Actor
  public void callback() {
    ctx.onDone(() -> order.add("callback"));
    registered = true;
  }

  @Actor
  public void listen(ZZ_Result r) {
    r.r1 = registered;
    new Recorded("listener", order).listenTo(ctx);
  }

  @Arbiter
  public void order(ZZ_Result r) {
    ctx.cancel();
    r.r2 = order.indexOf("callback") < order.indexOf("listener");
  }
}

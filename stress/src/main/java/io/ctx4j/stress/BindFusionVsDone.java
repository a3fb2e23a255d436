package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;

/**
 * A context becomes done while the consumer negotiates fusion and drains the queue (R1, R4, R9): it
 * polls no element after it was told the error, and hears of one end.
 *
 * <p>Planted bug, seen in quick mode: {@code StreamEnd} does not begin as
 * {@code DOWNSTREAM_NOT_READY}, so that the error may come before the queue is there.
 */
@JCStressTest
@Outcome(
    id = {"context", "1 context", "1 2 context"},
    expect = ACCEPTABLE,
    desc = "The context has cut the stream; the error came after what had been polled.")
@Outcome(id = "1 2 complete", expect = ACCEPTABLE, desc = "The source was drained first.")
@Outcome(
    expect = FORBIDDEN,
    desc =
        "Two ends or none, an element after the end, or the error met the negotiation or the drain.")
@State
public class BindFusionVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final QueueSource source = new QueueSource(Fuseable.SYNC);
  private final Draining signals = new Draining();

  /** Drains the queue where it is told that there is something in it, as the stock operators do. */
  private final class Draining extends Signals {
    private @Nullable QueueSubscription<?> queue;

    @Override
    void subscribed(Subscription subscription) {
      var queue = (QueueSubscription<?>) subscription;
      this.queue = queue;
      if (queue.requestFusion(Fuseable.ANY) == Fuseable.ASYNC) { // or the context was done before
        linger(ctx);
        request(queue);
      }
    }

    @Override
    public void onNext(@Nullable Object none) {
      for (Object next = poll(); next != null; next = poll()) {
        super.onNext(next);
      }
    }

    private @Nullable Object poll() {
      return requireNonNull(queue).poll();
    }
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void negotiate() {
    Publisher<Object> bound = CtxOps.bind(ctx).apply(source);
    bound.subscribe(signals);
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.received();
  }
}

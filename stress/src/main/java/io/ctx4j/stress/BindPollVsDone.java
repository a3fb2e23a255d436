package io.ctx4j.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLI_Result;
import org.reactivestreams.Publisher;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;

/**
 * A context becomes done while a fused queue is drained on a thread of the consumer's own, as
 * publishOn does (R4, R9): once the error was told the queue is empty, and what was left in it is
 * gone.
 *
 * <p>Planted bug, seen in sanity mode: {@code BindQueue.poll} does not look for a cut.
 */
@JCStressTest
@Outcome(
    id = "context, clean, 0",
    expect = ACCEPTABLE,
    desc = "The queue was empty from the error on.")
@Outcome(
    expect = FORBIDDEN,
    desc = "The queue gave an element after the error, or kept one, or the error was lost.")
@State
public class BindPollVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final QueueSource source = new QueueSource(Fuseable.ASYNC);
  private final Signals signals = new Signals();
  private final QueueSubscription<?> queue;

  public BindPollVsDone() {
    Publisher<Object> bound = CtxOps.bind(ctx).apply(source);
    bound.subscribe(signals);
    queue = (QueueSubscription<?>) signals.subscription();
    queue.requestFusion(Fuseable.ANY);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void drain(LLI_Result r) {
    r.r2 = "clean";
    for (int i = 0; i < 2; i++) {
      boolean told = signals.hasEnded();
      if (queue.poll() != null && told) {
        r.r2 = "an element after the error";
      }
    }
  }

  @Arbiter
  public void received(LLI_Result r) {
    r.r1 = signals.received();
    if (queue.poll() != null) {
      r.r2 = "an element at the end";
    }
    r.r3 = source.size();
  }
}

package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

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
 * A consumer asks on one thread and takes what is in the queue on another (R4, R9, R16): its end is
 * found as it is being signaled that there is something, and comes once, after that.
 *
 * <p>Planted bug, seen in quick mode: {@code BindQueue.foundEmpty} signals the end itself, whoever
 * signals the queue.
 */
@JCStressTest
@Outcome(id = "null complete", expect = ACCEPTABLE, desc = "Told of the queue, then of its end.")
@Outcome(id = "complete", expect = ACCEPTABLE, desc = "It was empty before anybody was told of it.")
@Outcome(expect = FORBIDDEN, desc = "Two ends or none, or the end beside the other signal.")
@State
public class BindSignalVsTake {
  private final Taking signals = new Taking();

  private static final class Taking extends Signals {
    private @Nullable QueueSubscription<?> queue;

    @Override
    void subscribed(Subscription subscription) {
      queue = (QueueSubscription<?>) subscription;
      queue.requestFusion(Fuseable.ANY);
    }

    QueueSubscription<?> queue() {
      return requireNonNull(queue);
    }
  }

  public BindSignalVsTake() {
    Publisher<Object> bound =
        CtxOps.bind(Ctx.background().withCancel()).apply(new QueueSource(Fuseable.SYNC));
    bound.subscribe(signals);
  }

  @Actor
  public void ask() {
    signals.queue().request(2);
  }

  @Actor
  public void take() {
    QueueSubscription<?> queue = signals.queue();
    while (queue.poll() != null) {
      Thread.onSpinWait();
    }
  }

  @Arbiter
  public void received(L_Result r) {
    r.r1 = signals.received();
  }
}

package io.ctx4j.stress;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * A context becomes done while the source comes late with its subscription (R1, R4): the
 * subscription is canceled, once, and the error is told, once, after an onSubscribe.
 *
 * <p>Planted bug, seen in sanity mode: {@code StreamEnd.upstreamArrived} looks for an end and then
 * takes its bit off, in two steps.
 */
@JCStressTest
@Outcome(
    id = "context, 1",
    expect = ACCEPTABLE,
    desc = "The error was told and the subscription canceled.")
@Outcome(
    expect = FORBIDDEN,
    desc =
        "The subscription was not canceled, or twice, or the error was lost, or met onSubscribe.")
@State
public class BindJoinVsDone {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Signals signals = new Signals();
  private final AtomicReference<@Nullable CoreSubscriber<? super Object>> bound =
      new AtomicReference<>();
  private final Source subscription = new Source();

  public BindJoinVsDone() {
    Flux<Object> late = new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Object> subscriber) {
        bound.set(subscriber);
      }
    };
    late.transform(CtxOps.bind(ctx)).subscribe(signals);
  }

  @Actor
  public void done() {
    ctx.cancel();
  }

  @Actor
  public void join() {
    requireNonNull(bound.get()).onSubscribe(subscription);
  }

  @Arbiter
  public void received(LI_Result r) {
    r.r1 = signals.received();
    r.r2 = subscription.cancellations();
  }
}

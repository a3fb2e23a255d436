package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** A bound flux that is drained as a queue, under the rules of Reactive Streams. */
@Test
public class BoundFusedFluxTckTest extends PublisherVerification<Integer> {

  public BoundFusedFluxTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    return Flux.range(0, (int) Math.min(elements, Integer.MAX_VALUE))
        .transform(CtxOps.bind(Ctx.background().withCancel()))
        .publishOn(Schedulers.immediate());
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return Flux.<Integer>error(new IllegalStateException())
        .transform(CtxOps.bind(Ctx.background().withCancel()))
        .publishOn(Schedulers.immediate());
  }
}

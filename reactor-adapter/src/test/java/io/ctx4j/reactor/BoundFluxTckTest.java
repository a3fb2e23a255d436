package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

/** A bound flux, not fused, under the rules of Reactive Streams. */
@Test
public class BoundFluxTckTest extends PublisherVerification<Long> {

  public BoundFluxTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Long> createPublisher(long elements) {
    Flux<Long> source = Flux.generate(() -> 0L, (state, sink) -> {
      if (state == elements) {
        sink.complete();
      } else {
        sink.next(state);
      }
      return state + 1;
    });
    return source.hide().transform(CtxOps.bind(Ctx.background().withCancel()));
  }

  @Override
  public Publisher<Long> createFailedPublisher() {
    Ctx done = Ctx.background().withTimeout(java.time.Duration.ZERO);
    return Flux.<Long>never().transform(CtxOps.bind(done));
  }
}

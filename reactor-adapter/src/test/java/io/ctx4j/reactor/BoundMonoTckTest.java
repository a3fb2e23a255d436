package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Test;
import reactor.core.publisher.Mono;

/** A bound mono under the rules of Reactive Streams. */
@Test
public class BoundMonoTckTest extends PublisherVerification<Integer> {

  public BoundMonoTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    Mono<Integer> source = elements == 0 ? Mono.empty() : Mono.just(1);
    return source.hide().transform(CtxOps.bind(Ctx.background().withCancel()));
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return Mono.<Integer>error(new IllegalStateException())
        .hide()
        .transform(CtxOps.bind(Ctx.background().withCancel()));
  }

  @Override
  public long maxElementsFromPublisher() {
    return 1;
  }
}

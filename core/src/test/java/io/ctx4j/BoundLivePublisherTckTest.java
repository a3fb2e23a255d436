package io.ctx4j;

import java.time.Duration;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/**
 * P1: a source that never says a thing, ended by a context that is canceled soon after, before the
 * TCK.
 */
public class BoundLivePublisherTckTest extends PublisherVerification<Long> {

  /** For TestNG. */
  public BoundLivePublisherTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Long> createPublisher(long elements) {
    return BoundPublisherTckTest.counting(elements);
  }

  @Override
  public Publisher<Long> createFailedPublisher() {
    return CtxPublishers.bind(
        Ctx.background().withTimeout(Duration.ofMillis(20)), BoundPublisherTckTest.counting(1));
  }
}

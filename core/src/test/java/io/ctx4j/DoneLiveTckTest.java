package io.ctx4j;

import java.time.Duration;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/**
 * C30: {@code done()} of a context that is live when it is subscribed to, and ends by its deadline.
 */
public class DoneLiveTckTest extends PublisherVerification<Void> {

  /** For TestNG. */
  public DoneLiveTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Void> createPublisher(long elements) {
    return Ctx.background().withTimeout(Duration.ofMillis(20)).done();
  }

  @Override
  @SuppressWarnings("NullAway") // as the TCK has it: null where there is none
  public Publisher<Void> createFailedPublisher() {
    return null;
  }

  @Override
  public long maxElementsFromPublisher() {
    return 0;
  }
}

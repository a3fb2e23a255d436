package io.ctx4j;

import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/** C30: {@code done()} of a done context before the TCK, as a publisher without elements. */
public class DoneTckTest extends PublisherVerification<Void> {

  /** For TestNG. */
  public DoneTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Void> createPublisher(long elements) {
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.cancel();
    return ctx.done();
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

package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Flowable;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/** X1: a bound Flowable under the rules of Reactive Streams. */
public class BoundFlowableTckTest extends PublisherVerification<Integer> {

  /** For TestNG. */
  public BoundFlowableTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    Ctx ctx = Ctx.background().withCancel();
    return Flowable.range(0, (int) Math.min(elements, Integer.MAX_VALUE))
        .compose(RxCtxOps.bind(ctx));
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return Flowable.<Integer>error(new IllegalStateException("failed"))
        .compose(RxCtxOps.bind(Ctx.background().withCancel()));
  }

  @Override
  public long maxElementsFromPublisher() {
    return Integer.MAX_VALUE - 1;
  }
}

package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.reactivex.rxjava3.core.Flowable;
import java.time.Duration;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/**
 * X1: bound Flowables that an operator subscribes to and joins, under the rules of Reactive
 * Streams.
 */
public class BoundInnerFlowableTckTest extends PublisherVerification<Integer> {

  /** For TestNG. */
  public BoundInnerFlowableTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    Flowable<Integer> bound = Flowable.range(0, (int) Math.min(elements, Integer.MAX_VALUE))
        .compose(RxCtxOps.withTimeout(Ctx.background(), Duration.ofDays(1)));
    return Flowable.just(bound).hide().concatMapEager(each -> each);
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    var done = Ctx.background().withCancel();
    done.cancel();
    return Flowable.range(0, 3).compose(RxCtxOps.bind(done));
  }

  @Override
  public long maxElementsFromPublisher() {
    return Integer.MAX_VALUE - 1;
  }
}

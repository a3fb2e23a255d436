package io.ctx4j;

import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;

/**
 * P1: a publisher bound to a live context, and one bound to a context that is done, before the TCK.
 */
public class BoundPublisherTckTest extends PublisherVerification<Long> {

  /** For TestNG. */
  public BoundPublisherTckTest() {
    super(new TestEnvironment(30_000, 50, 50));
  }

  @Override
  public Publisher<Long> createPublisher(long elements) {
    return CtxPublishers.bind(Ctx.background().withCancel(), counting(elements));
  }

  @Override
  public Publisher<Long> createFailedPublisher() {
    CancelCtx done = Ctx.background().withCancel();
    done.cancel();
    return CtxPublishers.bind(done, counting(1));
  }

  /** Counts on the thread that requests. */
  static Publisher<Long> counting(long elements) {
    return subscriber -> subscriber.onSubscribe(new Subscription() {
      private final AtomicLong demand = new AtomicLong();
      private long next;
      private volatile boolean over;

      @Override
      public void request(long n) {
        if (n <= 0) {
          if (!over) {
            over = true;
            subscriber.onError(new IllegalArgumentException("§3.9"));
          }
          return;
        }
        if (demand.getAndAccumulate(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b) != 0) {
          return; // inside of a request
        }
        for (long sent = 0; ; sent = 0) {
          for (; sent != demand.get() && !over && next < elements; sent++) {
            subscriber.onNext(next++);
          }
          if (!over && next == elements) {
            over = true;
            subscriber.onComplete();
          }
          if (over || demand.addAndGet(-sent) == 0) {
            return;
          }
        }
      }

      @Override
      public void cancel() {
        over = true;
      }
    });
  }
}

package io.ctx4j.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;

/**
 * The one consumer that a bound queue must know: what is leaned on of Reactor's internals for that.
 *
 * <p>{@code publish(f)} looks whether an asynchronous queue is empty only once it was told of the end, and a
 * bound queue tells of its end where it is looked for: one would wait for the other (R16). For this consumer
 * a poll looks one element ahead, which costs a slow iterator's elements the wait for the next one, and tells of
 * the end before it returns the last one. An operator in between would take that at its word: a {@code distinct}
 * forgets what it has seen, a {@code using} closes. So with one in between there is no queue (R9). (Without one it
 * would not discard what it holds as it is canceled.) It is the only such consumer of Reactor's;
 * {@code ConsumersTest} goes through all that there are.
 */
enum Fusion {
  /** The consumer looks for the end by itself. */
  PLAIN,
  /** It looks for it when told, and nothing stands in between. */
  LOOKING_AHEAD,
  /** The same with something in between. */
  NONE;

  private static final String PUBLISH_SELECTOR = "reactor.core.publisher.FluxPublishMulticast";

  /** By who asks so, be it by way of operators that pass on what is asked. */
  static Fusion with(int requestedMode, Object downstream) {
    if ((requestedMode & Fuseable.THREAD_BARRIER) != 0) { // it asks without
      return PLAIN;
    }
    Object consumer = downstream;
    boolean direct = true;
    while (consumer instanceof QueueSubscription) {
      direct &= consumer instanceof BindFluxSubscriber;
      consumer = downstreamOf(consumer);
    }
    if (consumer == null || !consumer.getClass().getName().startsWith(PUBLISH_SELECTOR)) {
      return PLAIN;
    }
    return direct ? LOOKING_AHEAD : NONE;
  }

  private static @Nullable Object downstreamOf(Object operator) {
    return Scannable.from(operator).scan(Attr.ACTUAL);
  }
}

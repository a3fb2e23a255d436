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
 * a poll looks one element ahead, which costs a slow iterator's elements the wait for the next one, and has what
 * stands in between and runs at the end run before the last one. (Unfused, it would lose what it holds when it is
 * canceled.) It is the only one of Reactor's; {@code ConsumersTest} goes through all that there are.
 */
final class Fusion {
  private static final String PUBLISH_SELECTOR = "reactor.core.publisher.FluxPublishMulticast";

  private Fusion() {}

  /** Whether who asks so looks for the end only when told, be it by way of operators that pass on what is asked. */
  static boolean looksWhenTold(int requestedMode, Object downstream) {
    if ((requestedMode & Fuseable.THREAD_BARRIER) != 0) { // it asks without
      return false;
    }
    Object consumer = downstream;
    while (consumer instanceof QueueSubscription) {
      consumer = downstreamOf(consumer);
    }
    return consumer != null && consumer.getClass().getName().startsWith(PUBLISH_SELECTOR);
  }

  private static @Nullable Object downstreamOf(Object operator) {
    return Scannable.from(operator).scan(Attr.ACTUAL);
  }
}

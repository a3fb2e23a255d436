package io.ctx4j.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;

/**
 * The two consumers, and the one source, that a bound queue must know: what is leaned on of
 * Reactor's internals for that. Both consumers treat an asynchronous queue otherwise than the
 * synchronous one that they would have without a bind (R9, R16); {@code ConsumersTest} and
 * {@code DiscardTest} go through all that there are.
 *
 * <p>{@code publish(f)} looks whether an asynchronous queue is empty only once it was told of the
 * end, and a bound queue tells of its end where it is looked for: one would wait for the other. For
 * this consumer a poll looks one element ahead, which costs a slow iterator's elements the wait for
 * the next one, and tells of the end before it returns the last one. An operator in between would
 * take that at its word: a {@code distinct} forgets what it has seen, a {@code using} closes. So
 * with one in between there is no queue (R9), nor with a {@code publishOn}, through which it drains
 * the queue as well. (Without one it would not discard what it holds as it is canceled.)
 *
 * <p>{@code flatMapIterable} takes an element of an asynchronous queue as it is told of one, and
 * looks whether there is another, with no demand yet: its function runs, a source without elements
 * for it ends, and as downstream cancels, a list discards the element looked at, which is still
 * there to be discarded once more. Of a synchronous queue it takes nothing until it is asked, and
 * it takes by itself then. So it is not signaled.
 *
 * <p>A replay's queue that is cleared has forgotten its place, and gives out once more what was
 * taken of it. A {@code publishOn} that is a queue itself clears as it is canceled, unless it was
 * told of the end before; the end of a bound queue is told later (R9), and who drains the
 * {@code publishOn} polls after that what is left, to discard it. So a replay's queue is not
 * cleared; it has nothing to lose.
 */
enum Fusion {
  /** The consumer looks for the end by itself. */
  PLAIN,
  /** The same, and it takes elements by itself: it is not signaled that there are some. */
  UNPROMPTED,
  /** It looks for the end when that is signaled, and nothing stands in between. */
  LOOKING_AHEAD,
  /** The same with something in between. */
  NONE;

  private static final String REACTOR = "reactor.core.publisher.";
  private static final String PUBLISH_SELECTOR = REACTOR + "FluxPublishMulticast";
  private static final String FLAT_MAP_ITERABLE = REACTOR + "FluxFlattenIterable";

  /** Of a replay or cache, of a sink that replays, and of the processor that it was. */
  private static final String REPLAY = "$ReplayInner";

  /**
   * By who asks so, be it by way of operators that pass on what is asked, or that ask with a thread
   * barrier.
   */
  static Fusion with(int requestedMode, Object downstream) {
    boolean barrier = (requestedMode & Fuseable.THREAD_BARRIER) != 0;
    Object consumer = downstream;
    boolean direct = !barrier;
    while (consumer instanceof QueueSubscription && !isOf(FLAT_MAP_ITERABLE, consumer)) {
      direct &= consumer instanceof BindFluxSubscriber;
      consumer = downstreamOf(consumer);
    }
    if (isOf(FLAT_MAP_ITERABLE, consumer)) {
      return barrier ? PLAIN : UNPROMPTED; // it is told by the one at the barrier, as it would be
    }
    if (!isOf(PUBLISH_SELECTOR, consumer)) {
      return PLAIN;
    }
    return direct ? LOOKING_AHEAD : NONE;
  }

  /**
   * Whether it is a replay's, be it by way of operators that pass it on: one with a queue of its
   * own says so.
   */
  static boolean isReplay(Object queue) {
    Object source = queue;
    while (source instanceof QueueSubscription && !isReplaysOwn(source) && !hasQueue(source)) {
      source = Scannable.from(source).scan(Attr.PARENT);
    }
    return isReplaysOwn(source);
  }

  private static boolean isReplaysOwn(@Nullable Object source) {
    return source != null
        && isOf(REACTOR, source)
        && source.getClass().getName().endsWith(REPLAY);
  }

  private static boolean hasQueue(Object operator) {
    return Scannable.from(operator).scanUnsafe(Attr.BUFFERED) != null;
  }

  private static boolean isOf(String name, @Nullable Object operator) {
    return operator != null && operator.getClass().getName().startsWith(name);
  }

  private static @Nullable Object downstreamOf(Object operator) {
    return Scannable.from(operator).scan(Attr.ACTUAL);
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import org.reactivestreams.Publisher;

/**
 * Ties a Publisher of any Reactive Streams library to a {@link Ctx}, with this module alone.
 *
 * <p>For Reactor and RxJava there are operators that also speak their own protocols. A
 * {@link java.util.concurrent.Flow.Publisher} goes through
 * {@link org.reactivestreams.FlowAdapters}.
 */
public final class CtxPublishers {
  private CtxPublishers() {}

  /**
   * Ends the publisher's streams when the context is done.
   *
   * <dl>
   *   <dt><b>Backpressure</b>
   *   <dd>Demand passes through unchanged. The error of a done context needs none.
   *   <dt><b>Threads</b>
   *   <dd>Elements stay on the publisher's thread. The end by the context comes on the thread that
   *       makes it done; while an element is on its way downstream, its error comes on that one's
   *       thread, after it.
   *   <dt><b>Errors</b>
   *   <dd>Downstream gets a copy of {@link Ctx#err()}, one per subscriber. An error that comes
   *       after that is reported to its thread's uncaught-exception handler, unless it only says
   *       that the context is done.
   *   <dt><b>Cancellation</b>
   *   <dd>A done context cancels upstream before it tells downstream. Canceling the subscription
   *       takes it off the context.
   *   <dt><b>Subscription</b>
   *   <dd>To a done context: the error at once, and the publisher is not subscribed to. To one that
   *       can never be done: the publisher's own. Values travel nowhere: Reactive Streams has no
   *       place for them.
   * </dl>
   */
  public static <T> Publisher<T> bind(Ctx ctx, Publisher<T> source) {
    requireNonNull(ctx, "ctx");
    requireNonNull(source, "source");
    return ctx.isCancelable() ? new BoundPublisher<>(ctx, source) : source;
  }
}

package io.ctx4j.reactor;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** How a subscription comes by the context that it is bound to. */
sealed interface Binding {
  Ctx ctx(ContextView subscriber);

  /** The same context, where it is the subscription's own, to be closed with it. */
  default @Nullable CancelCtx owned(Ctx ctx) {
    return null;
  }

  /** One context for all subscriptions. */
  record To(Ctx ctx) implements Binding {
    @Override
    public Ctx ctx(ContextView subscriber) {
      return ctx;
    }
  }

  /** The subscriber's own. */
  record Subscribers() implements Binding {
    @Override
    public Ctx ctx(ContextView subscriber) {
      return CtxOps.get(subscriber);
    }
  }

  /**
   * A child of the subscriber's own, which counts from the subscription.
   *
   * @param name the child's, for the text of its error; null: as the subscriber's
   */
  record Timeout(Duration timeout, @Nullable String name) implements Binding {
    @Override
    public Ctx ctx(ContextView subscriber) {
      Ctx parent = CtxOps.base(subscriber);
      return (name == null ? parent : parent.withName(name)).withTimeout(timeout);
    }

    @Override
    public CancelCtx owned(Ctx ctx) {
      return (CancelCtx) ctx;
    }
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A callback of {@link Ctx#onDone}; lets go of what it was given once it is over. */
final class Callback extends DoneListener implements Ctx.Registration {
  private @Nullable Runnable callback;
  private @Nullable Executor executor;

  Callback(Runnable callback, @Nullable Executor executor) {
    this.callback = callback;
    this.executor = executor;
  }

  /**
   * Has an order with all that was registered before and will be after, by whatever thread (C7).
   */
  @Override
  boolean addTo(Node node) {
    return node.add(this);
  }

  /** Does not ask for the err, which then need not be made. */
  @Override
  void prepare(Cancellation by) {}

  @Override
  void call(Cancellation by) {
    Runnable callback = requireNonNull(this.callback);
    Executor executor = this.executor;
    forget();
    if (executor == null) {
      callback.run();
    } else {
      executor.execute(callback);
    }
  }

  @Override
  protected void onDone(CtxException err) {}

  @Override
  public boolean unregister() {
    boolean first = unlisten();
    if (first) {
      forget();
    }
    return first;
  }

  private void forget() {
    callback = null;
    executor = null;
  }
}

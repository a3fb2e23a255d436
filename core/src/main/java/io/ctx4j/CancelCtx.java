package io.ctx4j;

import org.jspecify.annotations.Nullable;

/**
 * A context together with the power to cancel it; hand callees the {@link Ctx} alone.
 *
 * <p>Value and name layers over it that are typed {@link Ctx} do not pass the power on.
 */
public sealed interface CancelCtx extends Ctx, AutoCloseable permits CancelableHandle {

  /**
   * Makes this context and all below it done, then runs their callbacks on this thread.
   *
   * <p>When it returns, true or false, the whole subtree is done; when true, the callbacks without
   * an executor have run too.
   *
   * @return true: this call made it done
   */
  boolean cancel();

  /**
   * Cancels as {@link #cancel()}, and says why.
   *
   * @param cause what {@link #cause()} returns from then on; null: as {@link #cancel()}
   * @return true: this call made it done
   */
  boolean cancel(@Nullable Throwable cause);

  /** Cancels, where nobody has yet, with an err that says "context closed": the end of a scope. */
  @Override
  void close();

  /** {@inheritDoc} Here: the same context, with the same power, under a name. */
  @Override
  @CheckReturnValue
  CancelCtx withName(String name);
}

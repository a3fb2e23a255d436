package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;

/**
 * The {@link Ctx} of a thread, for imperative code that has no Context to look into.
 *
 * <p>With Micrometer's context-propagation on the class path and
 * {@code Hooks.enableAutomaticContextPropagation()}, Reactor shows there what a pipeline's Context
 * has: {@link CtxThreadLocalAccessor}. Elsewhere it is what {@link #open} was given.
 */
public final class CtxThread {
  private CtxThread() {}

  /**
   * Returns this thread's context; {@link Ctx#background()} where there is none.
   *
   * <p>It cannot be canceled by a cast. Behind a {@code subscribeOn} or a {@code publishOn} it has
   * the values, and an end only upstream of a {@code bind} that stands there too.
   */
  public static Ctx current() {
    return ThreadLayer.current();
  }

  /**
   * Shows the context to what runs on this thread, until the scope is closed on it.
   *
   * <p>What is captured meanwhile, by {@code block()}, {@code contextCapture()} or an executor of
   * Micrometer's, gets the values and no end; name the context where that is to go along:
   * {@code transform(CtxOps.bind(ctx))}. To interrupt what blocks: {@link Ctx#call} within.
   */
  public static Scope open(Ctx ctx) {
    return ThreadLayer.open(requireNonNull(ctx, "ctx"));
  }

  /** What {@link #open} has opened. */
  public interface Scope extends AutoCloseable {
    /**
     * Shows again what was there before, and ends scopes that were opened since.
     *
     * <p>A second time, after an outer one, or on another thread it does nothing.
     */
    @Override
    void close();
  }
}

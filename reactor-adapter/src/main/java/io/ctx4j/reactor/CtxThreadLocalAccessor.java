package io.ctx4j.reactor;

import io.ctx4j.Ctx;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Micrometer's way to a thread's context ({@link CtxThread}), under the key {@code Ctx.class}.
 *
 * <p>From the class path {@code ContextRegistry.getInstance()} finds it by itself. On the module
 * path, and for a registry of one's own: {@code registry.registerThreadLocalAccessor(new
 * CtxThreadLocalAccessor())}.
 */
public final class CtxThreadLocalAccessor implements ThreadLocalAccessor<Ctx> {
  /** Makes one; they all do the same. */
  public CtxThreadLocalAccessor() {}

  @Override
  public Object key() {
    return Ctx.class;
  }

  /** Returns the values of the thread's context, without its end; null where it has none. */
  @Override
  public @Nullable Ctx getValue() {
    return ThreadLayer.capture();
  }

  @Override
  public void setValue(Ctx value) {
    ThreadLayer.put(value);
  }

  @Override
  public void setValue() {
    ThreadLayer.clear();
  }

  @Override
  public void restore(Ctx previousValue) {
    ThreadLayer.restore(previousValue);
  }

  @Override
  public void restore() {
    ThreadLayer.restore();
  }
}

package io.ctx4j.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Hooks;

/**
 * Automatic context propagation: what a bind must do that thread-locals above it show its context
 * (R13).
 *
 * <p>Reactor restores them at its own {@code contextWrite} only; elsewhere a subscriber's Context
 * is enough, and costs nothing. So where it is on, the source is put under one that changes
 * nothing, at assembly, as a {@code contextWrite} of the user's would be.
 */
final class ThreadLocals {
  /** Null: none to be asked in this version of Reactor. */
  private static final @Nullable MethodHandle ENABLED = enabled();

  /**
   * Set while hooks see what is assembled here; one that binds every operator would do so for ever.
   */
  private static final ThreadLocal<Boolean> ASSEMBLING = new ThreadLocal<>();

  private ThreadLocals() {}

  /**
   * What says whether it is on: from reactor-core 3.7.12 a public method; before that the one that
   * it calls, which is not public. It is asked for once, so that no version has to have it (R20).
   */
  private static @Nullable MethodHandle enabled() {
    MethodType type = MethodType.methodType(boolean.class);
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    try {
      return lookup.findStatic(Hooks.class, "isAutomaticContextPropagationEnabled", type);
    } catch (ReflectiveOperationException older) {
      try {
        Class<?> support = Class.forName(
            "reactor.core.publisher.ContextPropagationSupport",
            false,
            Hooks.class.getClassLoader());
        return MethodHandles.privateLookupIn(support, lookup)
            .findStatic(support, "shouldPropagateContextToThreadLocals", type);
      } catch (ReflectiveOperationException none) {
        return null;
      }
    }
  }

  private static boolean isOn() {
    if (ENABLED == null) {
      return false;
    }
    try {
      return (boolean) ENABLED.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e); // it returns a flag
    }
  }

  /**
   * Returns the source, with thread-locals as its subscriber's Context has them, where they are
   * restored at all.
   */
  static <T> Publisher<T> restored(Publisher<T> source) {
    if (!isOn()) {
      return source;
    }
    ASSEMBLING.set(true);
    try {
      return CtxOps.contextWrite(source, Function.identity());
    } finally {
      ASSEMBLING.remove();
    }
  }

  /** Whether a hook is being shown what is assembled here. */
  static boolean isAssembling() {
    return ASSEMBLING.get() != null;
  }
}

package io.ctx4j.reactor;

import io.ctx4j.CtxException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The hook for dropped errors above a bind: an operator that has moved on as a context ended has nothing to
 * report, because who waits below is told (R17), nor has one that wraps that, as WebClient does for a body. All else
 * goes where it went without.
 *
 * @param next the hook that stood there; null: the one for all streams
 */
record OwnErrors(@Nullable Consumer<? super Throwable> next) implements Consumer<Throwable> {
  /** Where Reactor looks for it in a subscriber's Context; the constant is private to it. */
  static final String KEY = "reactor.onErrorDropped.local";

  private static final OwnErrors OUTERMOST = new OwnErrors(null);

  /** Causes form loops where somebody made one. */
  private static final int MAX_DEPTH = 64;

  @SuppressWarnings("unchecked") // as Reactor casts what it finds there
  static Object over(@Nullable Object hook) {
    if (hook == null) {
      return OUTERMOST;
    }
    return hook instanceof OwnErrors ? hook : new OwnErrors((Consumer<? super Throwable>) hook);
  }

  @Override
  public void accept(Throwable error) {
    if (isOwn(error)) {
      return;
    }
    if (next == null) {
      Operators.onErrorDropped(error, Context.empty());
    } else {
      next.accept(error);
    }
  }

  private static boolean isOwn(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
      if (cause instanceof CtxException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}

package io.ctx4j.reactor;

import io.ctx4j.CtxException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The hook for dropped errors above a bind: an operator that has moved on as a context ended has
 * nothing to report, because who waits below is told (R17). All else goes where it went without,
 * also what an application has made of a context's error: that says something of its own. What
 * WebClient makes of one that has failed a body says nothing more (W6).
 *
 * @param next the hook that stood there; null: the one for all streams
 */
record OwnErrors(@Nullable Consumer<? super Throwable> next) implements Consumer<Throwable> {
  /** Where Reactor looks for it in a subscriber's Context; the constant is private to it. */
  static final String KEY = "reactor.onErrorDropped.local";

  private static final OwnErrors OUTERMOST = new OwnErrors(null);

  private static final String WEB_CLIENT =
      "org.springframework.web.reactive.function.client.WebClientException";

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

  /** Null: of a source that breaks the rules. */
  private static boolean isOwn(@Nullable Throwable error) {
    return error instanceof CtxException
        || (error != null && error.getCause() instanceof CtxException && isOfWebClient(error));
  }

  private static boolean isOfWebClient(Throwable error) {
    Class<?> type = error.getClass();
    while (type != null && !type.getName().equals(WEB_CLIENT)) {
      type = type.getSuperclass();
    }
    return type != null;
  }
}

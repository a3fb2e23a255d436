package io.ctx4j.webflux;

import io.ctx4j.ClientGoneException;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ShutdownException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** How an exchange has ended; the value of a meter's tag. */
enum Ending {
  COMPLETED,
  DEADLINE_EXCEEDED(HttpStatus.GATEWAY_TIMEOUT, "The deadline of the request has passed."),
  CLIENT_GONE(HttpStatus.SERVICE_UNAVAILABLE, "The client is gone."),
  SHUTDOWN(HttpStatus.SERVICE_UNAVAILABLE, "The service stops."),
  CANCELED(HttpStatus.SERVICE_UNAVAILABLE, "The request was canceled."),
  ERROR,
  /** In mode observe: it has ended by itself, later than its deadline would have been. */
  WOULD_EXCEED;

  /** Causes form loops where somebody made one. */
  private static final int DEEPEST = 64;

  final HttpStatus status;
  final String detail;
  final String tag = name().toLowerCase(Locale.ROOT);

  Ending() {
    this(HttpStatus.OK, "");
  }

  Ending(HttpStatus status, String detail) {
    this.status = status;
    this.detail = detail;
  }

  /** How an exchange ends that its context ended. */
  static Ending of(CtxException err) {
    Throwable cause = err;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof DeadlineExceededException) {
        return DEADLINE_EXCEEDED;
      }
      if (cause instanceof ShutdownException) {
        return SHUTDOWN;
      }
      if (cause instanceof ClientGoneException) {
        return CLIENT_GONE;
      }
      cause = cause.getCause();
    }
    return CANCELED;
  }

  /** Looks for a context's exception in a chain of causes: WebClient, for one, wraps what fails a body. */
  static @Nullable CtxException find(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof CtxException found) {
        return found;
      }
      cause = cause.getCause();
    }
    return null;
  }
}

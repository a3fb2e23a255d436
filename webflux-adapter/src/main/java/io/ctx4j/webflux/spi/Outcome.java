package io.ctx4j.webflux.spi;

import io.ctx4j.ClientGoneException;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ShutdownException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** How an exchange has ended; the value of a meter's tag. */
public enum Outcome {
  /** By itself, and well. */
  COMPLETED,
  /** Its deadline, or that of a context below, has passed. */
  DEADLINE_EXCEEDED(HttpStatus.GATEWAY_TIMEOUT, "The deadline of the request has passed."),
  /** The client has left before its answer was complete. */
  CLIENT_GONE(HttpStatus.SERVICE_UNAVAILABLE, "The client is gone."),
  /** The root was canceled as the service shut down. */
  SHUTDOWN(HttpStatus.SERVICE_UNAVAILABLE, "The service is shutting down."),
  /** Its context was canceled for another reason. */
  CANCELED(HttpStatus.SERVICE_UNAVAILABLE, "The request was canceled."),
  /** The handler has failed. */
  ERROR,
  /** In mode observe: it has ended by itself, later than its deadline would have been. */
  WOULD_EXCEED;

  /** Causes form loops where somebody made one. */
  private static final int MAX_DEPTH = 64;

  private final HttpStatus status;
  private final String detail;
  private final String tag = name().toLowerCase(Locale.ROOT);

  Outcome() {
    this(HttpStatus.OK, "");
  }

  Outcome(HttpStatus status, String detail) {
    this.status = status;
    this.detail = detail;
  }

  /** The status of the answer, where the filter gives one. */
  public HttpStatus status() {
    return status;
  }

  /** What the answer says, for people. */
  public String detail() {
    return detail;
  }

  /** The value of a meter's tag. */
  public String tag() {
    return tag;
  }

  /** How an exchange ends that its context ended. */
  public static Outcome of(CtxException err) {
    Throwable cause = err;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
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

  /**
   * Looks for a context's exception in a chain of causes: WebClient, for one, wraps what fails a
   * body.
   */
  public static @Nullable CtxException find(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
      if (cause instanceof CtxException found) {
        return found;
      }
      cause = cause.getCause();
    }
    return null;
  }
}

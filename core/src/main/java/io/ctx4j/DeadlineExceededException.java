package io.ctx4j;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Says that a context ended by its deadline or one above: "context deadline exceeded". */
public final class DeadlineExceededException extends CtxException {
  private static final long serialVersionUID = 1;

  private final Instant deadline;

  private DeadlineExceededException(
      String message, @Nullable Throwable cause, Instant deadline, Form form) {
    super(message, cause, form);
    this.deadline = deadline;
  }

  static DeadlineExceededException exceeded(
      @Nullable String name, @Nullable Throwable cause, Instant deadline) {
    return new DeadlineExceededException(
        text("context deadline exceeded", name), cause, deadline, Form.SHARED);
  }

  /** Returns the deadline that passed. */
  public Instant deadline() {
    return deadline;
  }

  @Override
  CtxException as(Form form) {
    return new DeadlineExceededException(message(), getCause(), deadline, form);
  }
}

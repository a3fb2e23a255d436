package io.ctx4j;

import org.jspecify.annotations.Nullable;

/**
 * How a context ended: {@link CanceledException} or {@link DeadlineExceededException}.
 *
 * <p>{@link #getCause()} is the cause that was given, or null. {@link Ctx#err()} is shared by a
 * whole subtree and therefore takes no stack trace and no suppressed exceptions; copies do.
 */
public abstract sealed class CtxException extends RuntimeException
    permits CanceledException, DeadlineExceededException {
  private static final long serialVersionUID = 1;

  /** Whether errs say who canceled. */
  static final boolean DEBUG = Boolean.getBoolean("ctx4j.debug");

  /** How much of a Throwable an instance is. */
  enum Form {
    /** {@link Ctx#err()}: shared, so nothing may be added to it. */
    SHARED(false, DEBUG),
    /** {@link #copy()}: sent down one stream, whose assembly traces are added as suppressed. */
    COPY(true, false),
    /** {@link Ctx#throwIfDone()}: says where it was thrown. */
    THROWN(true, true);

    private final boolean suppression;
    private final boolean stackTrace;

    Form(boolean suppression, boolean stackTrace) {
      this.suppression = suppression;
      this.stackTrace = stackTrace;
    }
  }

  CtxException(String message, @Nullable Throwable cause, Form form) {
    super(message, cause, form.suppression, form.stackTrace);
  }

  /**
   * Returns one of the same type, text and cause, without a stack trace, that takes suppressed
   * exceptions.
   */
  public final CtxException copy() {
    return as(Form.COPY);
  }

  abstract CtxException as(Form form);

  /** The text of an err that ended a context under this name, if it has one. */
  static String text(String what, @Nullable String name) {
    return name == null ? what : what + " (" + name + ")";
  }

  final String message() {
    return String.valueOf(getMessage());
  }
}

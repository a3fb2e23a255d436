package io.ctx4j;

import org.jspecify.annotations.Nullable;

/** Says that a context was canceled, by its holder or from above: "context canceled". */
public final class CanceledException extends CtxException {
  private static final long serialVersionUID = 1;

  private final boolean closed;

  private CanceledException(String message, @Nullable Throwable cause, boolean closed, Form form) {
    super(message, cause, form);
    this.closed = closed;
  }

  static CanceledException canceled(@Nullable String name, @Nullable Throwable cause) {
    return new CanceledException(text("context canceled", name), cause, false, Form.SHARED);
  }

  static CanceledException closed(@Nullable String name) {
    return new CanceledException(text("context closed", name), null, true, Form.SHARED);
  }

  /**
   * Tells whether it was {@link CancelCtx#close()} that ended the context: the end of a scope, not
   * an abort.
   */
  public boolean isClosed() {
    return closed;
  }

  @Override
  CtxException as(Form form) {
    return new CanceledException(message(), getCause(), closed, form);
  }
}

package io.ctx4j;

/**
 * The cause of a context that was canceled because the service is shutting down.
 *
 * <p>It has no stack trace: nothing in the service is at fault.
 */
public final class ShutdownException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** For whoever ends the application's root context. */
  public ShutdownException() {
    super("the service is shutting down", null, false, false);
  }
}

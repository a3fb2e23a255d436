package io.ctx4j.webflux;

/**
 * The cause of a context that was canceled because the service stops.
 *
 * <p>It has no stack trace: nothing in the service is at fault.
 */
public final class ShutdownException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ShutdownException() {
    super("the service stops", null, false, false);
  }
}

package io.ctx4j;

/**
 * The cause of a context that was canceled because the client has left before its answer was
 * complete.
 *
 * <p>It has no stack trace: nothing in the service is at fault.
 */
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** For adapters: whoever notices that the client is gone. */
  public ClientGoneException() {
    super("the client is gone", null, false, false);
  }
}

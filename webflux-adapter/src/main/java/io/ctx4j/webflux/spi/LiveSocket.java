package io.ctx4j.webflux.spi;

/** A WebSocket that is open. */
public interface LiveSocket {

  /** Ends it: its context is canceled with that cause, and the client is told. */
  void end(Throwable cause);
}

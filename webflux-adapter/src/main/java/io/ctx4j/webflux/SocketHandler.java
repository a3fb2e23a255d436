package io.ctx4j.webflux;

import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.util.List;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Mono;

/**
 * Gives each WebSocket a context of its own once the server has upgraded it (W9): that calls its
 * handler, and nothing else does.
 *
 * <p>The context has no deadline. It is closed when the handler completes, or with the client's
 * close frame; canceled with {@link ClientGoneException} when the connection ends first; and if
 * anybody else cancels it, as a shutdown does, the client is told that the service goes away
 * (1001).
 */
final class SocketHandler implements WebSocketHandler {
  private final WebSocketHandler handler;
  private final Ctx root;
  private final LiveExchanges live;

  /**
   * Makes one.
   *
   * @param root what the sockets' contexts are derived from
   */
  SocketHandler(WebSocketHandler handler, Ctx root, LiveExchanges live) {
    this.handler = handler;
    this.root = root;
    this.live = live;
  }

  @Override
  public List<String> getSubProtocols() {
    return handler.getSubProtocols();
  }

  @Override
  public Mono<Void> handle(WebSocketSession session) {
    return new BoundSocket(session, root.withCancel(), live).handle(handler);
  }

  @Override
  public String toString() {
    return handler.toString();
  }
}

package io.ctx4j.webflux;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.LiveSocket;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

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
    return new Socket(session, root.withCancel(), live).handle(handler);
  }

  @Override
  public String toString() {
    return handler.toString();
  }

  /** One of them. */
  private static final class Socket extends DoneListener implements LiveSocket {
    private final WebSocketSession session;
    private final CancelCtx ctx;
    private final LiveExchanges live;

    Socket(WebSocketSession session, CancelCtx ctx, LiveExchanges live) {
      this.session = session;
      this.ctx = ctx;
      this.live = live;
    }

    Mono<Void> handle(WebSocketHandler handler) {
      session.getAttributes().put(CtxWeb.ATTRIBUTE, ctx);
      live.add(this);
      if (!listen(ctx)) {
        goesAway();
      }
      session.closeStatus().subscribe(this::closed, error -> closed(null), () -> closed(null));
      Mono<Void> handled;
      try {
        handled = handler.handle(session);
      } catch (Throwable e) {
        over();
        throw e;
      }
      return handled
          .doOnError(error -> failed(error))
          .doFinally(this::ended)
          .contextWrite(CtxOps.put(ctx));
    }

    /**
     * The connection has ended; or is about to, as a handler of reactor-netty does not want to hear
     * more.
     */
    private void closed(@Nullable CloseStatus status) {
      boolean noFrame = status == null || status.getCode() == CloseStatus.NO_CLOSE_FRAME.getCode();
      if (noFrame && !(status != null && session.isOpen())) {
        ctx.cancel(new ClientGoneException());
      }
      over();
    }

    private void failed(Throwable error) {
      if (DisconnectedClientHelper.isClientDisconnectedException(error)) {
        ctx.cancel(new ClientGoneException());
      }
    }

    private void ended(SignalType signal) {
      if (signal == SignalType.CANCEL) {
        ctx.cancel(new ClientGoneException());
      }
      over();
    }

    private void over() {
      unlisten();
      ctx.close();
      live.remove(this);
    }

    @Override
    public void end(Throwable cause) {
      ctx.cancel(cause);
    }

    @Override
    protected void onDone(CtxException err) {
      boolean closed = err instanceof CanceledException canceled && canceled.isClosed();
      if (!closed && !(ctx.cause() instanceof ClientGoneException)) {
        goesAway();
      }
    }

    private void goesAway() {
      session.close(CloseStatus.GOING_AWAY).subscribe(nothing -> {}, error -> {});
    }
  }
}

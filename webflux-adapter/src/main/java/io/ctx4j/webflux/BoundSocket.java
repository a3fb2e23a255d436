package io.ctx4j.webflux;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.LiveSocket;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/** One WebSocket with its context, see {@link SocketHandler}. */
final class BoundSocket extends DoneListener implements LiveSocket {
  private final WebSocketSession session;
  private final CancelCtx ctx;
  private final LiveExchanges live;

  BoundSocket(WebSocketSession session, CancelCtx ctx, LiveExchanges live) {
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

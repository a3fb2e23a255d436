package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.server.ServerWebExchange;

/**
 * Finds the context of an exchange where there is no parameter for it.
 *
 * <p>In a pipeline {@link io.ctx4j.reactor.CtxOps#current()} finds the same one.
 */
public final class CtxWeb {
  static final String ATTRIBUTE = Ctx.class.getName();

  private CtxWeb() {}

  /**
   * Returns the context of the request's exchange; {@link Ctx#background()} where the filter has
   * not run.
   */
  public static Ctx ctx(ServerRequest request) {
    return ctx(requireNonNull(request, "request").exchange());
  }

  /** Returns the context of the exchange; {@link Ctx#background()} where the filter has not run. */
  public static Ctx ctx(ServerWebExchange exchange) {
    Exchange own = find(requireNonNull(exchange, "exchange"));
    return own == null ? Ctx.background() : own.visible();
  }

  /**
   * Returns the context of the WebSocket; {@link Ctx#background()} where the filter has not run.
   */
  public static Ctx ctx(WebSocketSession session) {
    Object ctx = requireNonNull(session, "session").getAttributes().get(ATTRIBUTE);
    return ctx instanceof Ctx own ? own : Ctx.background();
  }

  static @Nullable Exchange find(ServerWebExchange exchange) {
    return exchange.getAttribute(ATTRIBUTE);
  }
}

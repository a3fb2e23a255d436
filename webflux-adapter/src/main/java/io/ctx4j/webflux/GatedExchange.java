package io.ctx4j.webflux;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;

/** The exchange as the handler sees it: whatever it does to the response goes through the gate. */
final class GatedExchange extends ServerWebExchangeDecorator {
  private final ServerHttpResponse response;
  private final Gate gate;

  GatedExchange(ServerWebExchange exchange, ServerHttpResponse response, Gate gate) {
    super(exchange);
    this.response = response;
    this.gate = gate;
  }

  @Override
  public ServerHttpResponse getResponse() {
    return response;
  }

  // the delegate writes a 304 to its own response, past the gate

  @Override
  public boolean checkNotModified(Instant lastModified) {
    synchronized (gate) {
      return !gate.isRefused() && super.checkNotModified(lastModified);
    }
  }

  @Override
  public boolean checkNotModified(String etag) {
    synchronized (gate) {
      return !gate.isRefused() && super.checkNotModified(etag);
    }
  }

  @Override
  public boolean checkNotModified(@Nullable String etag, Instant lastModified) {
    synchronized (gate) {
      return !gate.isRefused() && super.checkNotModified(etag, lastModified);
    }
  }
}

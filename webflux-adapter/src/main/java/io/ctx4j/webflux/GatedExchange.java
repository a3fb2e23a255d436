package io.ctx4j.webflux;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** The exchange as the handler sees it: whatever it does to the response goes through the gate. */
final class GatedExchange extends ServerWebExchangeDecorator {
  private final GatedResponse response;
  private final Gate gate;

  GatedExchange(ServerWebExchange exchange, GatedResponse response, Gate gate) {
    super(exchange);
    this.response = response;
    this.gate = gate;
  }

  @Override
  public ServerHttpResponse getResponse() {
    return response;
  }

  /** It is saved by a commit action of the server's response. */
  @Override
  public Mono<WebSession> getSession() {
    response.expectCommitActions();
    return super.getSession();
  }

  // the delegate writes a 304 to its own response, past the gate

  @Override
  public boolean checkNotModified(Instant lastModified) {
    synchronized (gate) {
      return !gate.isClosed() && super.checkNotModified(lastModified);
    }
  }

  @Override
  public boolean checkNotModified(String etag) {
    synchronized (gate) {
      return !gate.isClosed() && super.checkNotModified(etag);
    }
  }

  @Override
  public boolean checkNotModified(@Nullable String etag, Instant lastModified) {
    synchronized (gate) {
      return !gate.isClosed() && super.checkNotModified(etag, lastModified);
    }
  }
}

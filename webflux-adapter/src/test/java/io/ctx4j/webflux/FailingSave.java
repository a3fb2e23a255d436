package io.ctx4j.webflux;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Sinks;

/**
 * A server's response: the sessions that hang fail when its content's length has been set, the last
 * of a head.
 */
final class FailingSave extends ServerHttpResponseDecorator {
  private final Sessions sessions;

  FailingSave(ServerHttpResponse response, Sessions sessions) {
    super(response);
    this.sessions = sessions;
  }

  @Override
  public HttpHeaders getHeaders() {
    return new HttpHeaders(super.getHeaders()) {
      private static final long serialVersionUID = 1;

      @Override
      public void setContentLength(long length) {
        super.setContentLength(length);
        Sinks.Empty<Void> hanging = sessions.hanging;
        sessions.hanging = Sinks.empty();
        hanging.tryEmitError(new IllegalStateException("the store"));
      }
    };
  }
}

package io.ctx4j.examples;

import io.ctx4j.CancelCtx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.reactor.CtxOps;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Gives each request a context, and ends the request with it. */
final class RequestFilter implements WebFilter, Ordered {

  private final RequestContexts contexts;

  RequestFilter(RequestContexts contexts) {
    this.contexts = contexts;
  }

  // The order matters. bind comes first, or the end of a request that went well would look like a
  // cut. doOnCancel comes below it, where only the server cancels: above, bind does too.
  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    return Mono.defer(() -> {
      ServerHttpRequest request = exchange.getRequest();
      CancelCtx ctx = contexts.open("request " + request.getId(), RequestTimeout.of(request));
      return chain
          .filter(exchange)
          .transform(CtxOps.bind(ctx))
          .onErrorResume(CtxException.class, e -> answer(exchange.getResponse(), e))
          .doOnCancel(() -> ctx.cancel(new CancellationException("the client is gone")))
          .doFinally(end -> ctx.close())
          .contextWrite(CtxOps.put(ctx));
    });
  }

  private static Mono<Void> answer(ServerHttpResponse response, CtxException error) {
    if (response.isCommitted()) {
      // too late for a status: an event stream may end here, anything else must not look complete
      return MediaType.TEXT_EVENT_STREAM.isCompatibleWith(response.getHeaders().getContentType())
          ? Mono.empty()
          : Mono.error(error);
    }
    boolean late = error instanceof DeadlineExceededException;
    HttpStatus status = late ? HttpStatus.GATEWAY_TIMEOUT : HttpStatus.SERVICE_UNAVAILABLE;
    String detail = late ? "context deadline exceeded" : "context canceled";
    String problem = "{\"status\":%d,\"title\":\"%s\",\"detail\":\"%s\"}"
        .formatted(status.value(), status.getReasonPhrase(), detail);
    response.getHeaders().clearContentHeaders();
    response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    response.setStatusCode(status);
    return response.writeWith(Mono.fromSupplier(
        () -> response.bufferFactory().wrap(problem.getBytes(StandardCharsets.UTF_8))));
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}

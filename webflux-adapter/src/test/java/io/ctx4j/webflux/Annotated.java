package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Handlers as most people write them. */
@RestController
class Annotated {
  final AtomicReference<@Nullable Ctx> last = new AtomicReference<>();

  @GetMapping("/annotated/ctx")
  Mono<String> ctx(Ctx ctx, ServerWebExchange exchange) {
    last.set(ctx);
    return CtxOps.current()
        .map(current -> "parameter=" + (current == ctx) + " exchange="
            + (CtxWeb.ctx(exchange) == ctx) + " deadline=" + (ctx.deadline() != null));
  }

  @GetMapping(path = "/annotated/ticks", produces = "text/event-stream")
  Flux<Long> ticks(Ctx ctx) {
    last.set(ctx);
    return Flux.interval(Duration.ofMillis(20)).onBackpressureDrop();
  }

  @GetMapping(path = "/annotated/bound-ticks", produces = "text/event-stream")
  Flux<Long> boundTicks(Ctx ctx) {
    return Flux.interval(Duration.ofMillis(20)).onBackpressureDrop().transform(CtxOps.bind(ctx));
  }

  @GetMapping("/annotated/etag")
  ResponseEntity<String> etag() {
    return ResponseEntity.ok().eTag("v1").body("tagged");
  }

  @GetMapping("/annotated/numbers")
  Flux<Integer> numbers() {
    return Flux.range(0, 100).concatWith(Flux.never());
  }

  @GetMapping("/annotated/never/{id}")
  Mono<String> never(Ctx ctx) {
    last.set(ctx);
    return Mono.never();
  }

  @GetMapping("/annotated/fatal")
  String fatal(Resolved resolved) {
    return resolved.text();
  }

  record Resolved(String text) {}

  /** Throws where a request says so. */
  static final class FatalResolver implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Resolved.class;
    }

    @Override
    public Mono<Object> resolveArgument(
        MethodParameter parameter, BindingContext context, ServerWebExchange exchange) {
      if ("resolver".equals(exchange.getRequest().getHeaders().getFirst("X-Fatal"))) {
        throw new NoClassDefFoundError("in a resolver");
      }
      return Mono.just(new Resolved("resolved"));
    }
  }
}

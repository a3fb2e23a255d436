package io.ctx4j.examples;

import static io.ctx4j.examples.RequestValues.REQUEST_ID;
import static io.ctx4j.examples.RequestValues.USER;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the service answers; each handler derives from the request's context and binds its work. */
@RestController
final class Endpoints {

  private final Orders orders;
  private final Queries queries;

  Endpoints(Orders orders, Queries queries) {
    this.orders = orders;
    this.queries = queries;
  }

  @GetMapping("/orders/{id}")
  Mono<Order> order(@PathVariable int id, ServerHttpRequest request) {
    return CtxOps.current()
        .flatMap(ctx -> orders.find(id).transform(CtxOps.bind(withValues(ctx, request))))
        .switchIfEmpty(Mono.error(() -> new ResponseStatusException(HttpStatus.NOT_FOUND)));
  }

  @GetMapping("/report")
  Mono<Report> report(@RequestParam double seconds, ServerHttpRequest request) {
    return CtxOps.current()
        .flatMap(ctx -> orders.report(seconds).transform(CtxOps.bind(withValues(ctx, request))));
  }

  @GetMapping(path = "/ticks", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<Long> ticks() {
    return CtxOps.current()
        .flatMapMany(ctx -> Flux.interval(Duration.ofMillis(500)).transform(CtxOps.bind(ctx)));
  }

  /** How many statements of the service run in the database now. */
  @GetMapping("/queries")
  Mono<Long> active() {
    return CtxOps.current().flatMap(ctx -> queries.active().transform(CtxOps.bind(ctx)));
  }

  private static Ctx withValues(Ctx ctx, ServerHttpRequest request) {
    String user = request.getHeaders().getFirst("X-User");
    return ctx.withValue(REQUEST_ID, request.getId())
        .withValue(USER, user == null ? "guest" : user);
  }
}

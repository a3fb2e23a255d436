package io.ctx4j.examples.orders;

import static io.ctx4j.examples.orders.RequestValues.REQUEST_ID;
import static io.ctx4j.examples.orders.RequestValues.USER;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the orders service answers.
 *
 * <p>Nothing here is about deadlines: when the request's context is done, all of its work is
 * canceled. A handler takes the context where it has something to add to it.
 */
@RestController
final class OrdersEndpoints {

  private final Orders orders;
  private final Inventory inventory;
  private final Ledger ledger;
  private final Queries queries;

  OrdersEndpoints(Orders orders, Inventory inventory, Ledger ledger, Queries queries) {
    this.orders = orders;
    this.inventory = inventory;
    this.ledger = ledger;
    this.queries = queries;
  }

  @GetMapping("/orders/{id}")
  Mono<Order> order(@PathVariable int id, Ctx ctx, ServerHttpRequest request) {
    return orders
        .find(id)
        .switchIfEmpty(Mono.error(() -> new ResponseStatusException(HttpStatus.NOT_FOUND)))
        .transform(CtxOps.bind(withValues(ctx, request)));
  }

  /** Deadline and end go with the call to the inventory service; values stay here. */
  @GetMapping("/report")
  Mono<Report> report(@RequestParam double seconds, Ctx ctx, ServerHttpRequest request) {
    return inventory
        .count(seconds)
        .flatMap(items -> Mono.deferContextual(
            view -> Mono.just(new Report(items, view.get(USER), view.get(REQUEST_ID)))))
        .transform(CtxOps.bind(withValues(ctx, request)));
  }

  /** Places an order in a transaction, in which that long passes. */
  @PostMapping("/orders")
  Mono<Order> place(
      @RequestParam String item,
      @RequestParam(defaultValue = "0") double seconds,
      Ctx ctx,
      ServerHttpRequest request) {
    return orders.place(item, seconds).transform(CtxOps.bind(withValues(ctx, request)));
  }

  /**
   * The last entries of the ledger, by a repository of Spring Data's, which needs no Ctx in its
   * hands.
   */
  @GetMapping("/ledger")
  Flux<LedgerEntry> ledger() {
    return ledger.findAll().takeLast(20);
  }

  @GetMapping("/orders/count")
  Mono<Long> count() {
    return orders.count();
  }

  @GetMapping(path = "/ticks", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<Long> ticks() {
    return Flux.interval(Duration.ofMillis(500));
  }

  /** How many statements of this service and of inventory run in the database now. */
  @GetMapping("/queries")
  Mono<Long> queries() {
    return queries.active();
  }

  private static Ctx withValues(Ctx ctx, ServerHttpRequest request) {
    String user = request.getHeaders().getFirst("X-User");
    return ctx.withValue(REQUEST_ID, request.getId())
        .withValue(USER, user == null ? "guest" : user);
  }
}

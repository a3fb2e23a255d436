package io.ctx4j.examples.guide;

import static io.ctx4j.examples.guide.ReactorGuide.USER;

import io.ctx4j.Ctx;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The quickstart for WebFlux. */
@RestController
final class WebFluxGuide {
  private final ReactorGuide orders;

  WebFluxGuide(ReactorGuide orders) {
    this.orders = orders;
  }

  // region handler
  @GetMapping("/orders/{id}/total")
  Mono<Integer> total(@PathVariable long id, @RequestHeader("X-User") String user, Ctx ctx) {
    return orders.total(ctx.withValue(USER, user), id);
  }
  // endregion
}

package io.ctx4j.examples.front;

import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the front answers: what the orders service answers, errors as well.
 *
 * <p>Its 504 in particular: both services count down the same budget, and either may be first.
 */
@RestController
final class FrontEndpoints {

  private final WebClient orders;

  FrontEndpoints(WebClient orders) {
    this.orders = orders;
  }

  @GetMapping("/orders/{id}")
  Mono<ResponseEntity<byte[]>> order(
      @PathVariable int id, @RequestHeader(name = "X-User", defaultValue = "guest") String user) {
    return passOn(orders.get().uri("/orders/{id}", id).header("X-User", user));
  }

  @GetMapping("/report")
  Mono<ResponseEntity<byte[]>> report(
      @RequestParam double seconds,
      @RequestHeader(name = "X-User", defaultValue = "guest") String user) {
    return passOn(orders.get().uri("/report?seconds={seconds}", seconds).header("X-User", user));
  }

  @GetMapping(path = "/ticks", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<Long> ticks() {
    return orders
        .get()
        .uri("/ticks")
        .accept(MediaType.TEXT_EVENT_STREAM)
        .retrieve()
        .bodyToFlux(Long.class);
  }

  private static Mono<ResponseEntity<byte[]>> passOn(WebClient.RequestHeadersSpec<?> request) {
    return request
        .exchangeToMono(answer -> answer.toEntity(byte[].class))
        .map(answer -> ResponseEntity.status(answer.getStatusCode())
            .headers(headers -> headers.setContentType(answer.getHeaders().getContentType()))
            .body(answer.getBody()));
  }
}

package io.ctx4j.examples.guide;

import static org.springframework.http.HttpStatus.GATEWAY_TIMEOUT;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxArgumentResolver;
import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** A controller's test, without a server. */
class WebTestClientGuideTest {

  // region webTestClient
  @Test
  void report_deadlinePasses_is504() {
    var settings =
        CtxWebSettings.builder().defaultTimeout(Duration.ofMillis(50)).build();
    WebTestClient client = WebTestClient.bindToController(new Reports())
        .webFilter(new CtxWebFilter(Ctx.background(), settings))
        .argumentResolvers(resolvers -> resolvers.addCustomResolver(new CtxArgumentResolver()))
        .configureClient()
        .responseTimeout(Duration.ofMinutes(1)) // a guard against a hang, not a measure
        .build();

    client.get().uri("/report").exchange().expectStatus().isEqualTo(GATEWAY_TIMEOUT);
  }

  // endregion

  @RestController
  static final class Reports {
    @GetMapping("/report")
    Mono<String> report(Ctx ctx) {
      return ctx.deadline() == null ? Mono.just("no deadline") : Mono.never();
    }
  }
}

package io.ctx4j.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.webflux.CtxWeb;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A test of a controller as users write it; Spring's extension needs a newer JUnit than this one.
 */
class WebFluxSliceTest {
  private static final Duration GUARD = Duration.ofSeconds(60);
  private final Slice slice = new Slice();

  @WebFluxTest(properties = "ctx4j.web.default-timeout=30s")
  @ContextConfiguration(classes = App.class)
  static class Slice {
    private @Nullable ApplicationContext context;
    private @Nullable CancelCtx root;

    @Autowired
    void set(ApplicationContext context, @Qualifier("ctx4jRoot") CancelCtx root) {
      this.context = context;
      this.root = root;
    }
  }

  @BeforeEach
  void prepare() throws Exception {
    new TestContextManager(Slice.class).prepareTestInstance(slice);
  }

  @SpringBootConfiguration
  @Import(Endpoints.class)
  static class App {}

  @RestController
  static class Endpoints {
    @GetMapping("/ctx")
    Mono<String> ctx(Ctx ctx, ServerWebExchange exchange) {
      return CtxOps.current()
          .map(current -> (current == ctx) + " " + (CtxWeb.ctx(exchange) == ctx) + " "
              + (ctx.deadline() != null));
    }

    @GetMapping(path = "/ticks", produces = "text/event-stream")
    Flux<Integer> ticks(Ctx ctx) {
      return Flux.range(0, 5).delayElements(Duration.ofMillis(5)).transform(CtxOps.bind(ctx));
    }

    @GetMapping("/never")
    Mono<String> never() {
      return Mono.never();
    }
  }

  private WebTestClient client() {
    return WebTestClient.bindToApplicationContext(requireNonNull(slice.context))
        .configureClient()
        .responseTimeout(GUARD)
        .build();
  }

  @AfterEach
  void leavesNothing() {
    CancelCtx root = requireNonNull(slice.root);
    Await.until(() -> root.tree().lines().count() == 1, root::tree);
  }

  @Test
  @DisplayName("W10 @WebFluxTest has the filter, and a Ctx parameter")
  void slice_parameter_isTheExchanges() {
    client().get().uri("/ctx").exchange().expectBody(String.class).isEqualTo("true true true");
  }

  @Test
  @DisplayName("W10 its event streams come whole")
  void slice_eventStream_whole() {
    assertThat(client()
            .get()
            .uri("/ticks")
            .exchange()
            .returnResult(Integer.class)
            .getResponseBody()
            .collectList()
            .block(GUARD))
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  @DisplayName("W10 and its deadlines are a server's")
  void slice_deadline_504() {
    client()
        .get()
        .uri("/never")
        .header("X-Request-Timeout-Ms", "50")
        .exchange()
        .expectStatus()
        .isEqualTo(504);
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * Tests as users write them, with a stand-in for the server that reads bodies when the handler has
 * ended.
 */
class MockServerTest {
  private static final Duration GUARD = Duration.ofSeconds(60);
  private static final Duration DEFAULT = Duration.ofMinutes(1);
  private final ManualTime time = new ManualTime();
  private final CancelCtx root = Ctx.root(time).withCancel();
  private final LiveExchanges live = new LiveExchanges();
  private final Counts counts = new Counts();
  private final CtxWebFilter filter = new CtxWebFilter(
      root,
      CtxWebSettings.builder()
          .defaultTimeout(DEFAULT)
          .maxTimeout(DEFAULT.multipliedBy(10))
          .build(),
      live,
      counts,
      exchange -> false);

  @AfterEach
  void leavesNothing() {
    Await.until(() -> live.size() == 0, () -> "live: " + live.all());
    Await.until(() -> root.tree().lines().count() == 1, root::tree);
  }

  @RestController
  static class Endpoints {
    @GetMapping(path = "/ticks", produces = "text/event-stream")
    Flux<Integer> ticks(Ctx ctx) {
      return Flux.range(0, 5).delayElements(Duration.ofMillis(5)).transform(CtxOps.bind(ctx));
    }

    @GetMapping(path = "/endless", produces = "text/event-stream")
    Flux<Long> endless(Ctx ctx) {
      return Flux.interval(Duration.ofMillis(20)).onBackpressureDrop().transform(CtxOps.bind(ctx));
    }

    @GetMapping(path = "/parts", produces = "application/octet-stream")
    Flux<String> parts() {
      return Flux.just("a", "b").concatWith(Flux.never());
    }

    @GetMapping("/list")
    Flux<String> list(Ctx ctx) {
      return CtxOps.current().flatMapMany(current -> Flux.just("same=", "" + (current == ctx)));
    }

    @GetMapping("/fused")
    Mono<String> fused() {
      return Mono.just("fu").map(text -> text + "sed");
    }

    @GetMapping("/fused/entity")
    Mono<ResponseEntity<String>> fusedEntity() {
      return fused().map(ResponseEntity::ok);
    }

    @GetMapping("/fused/list")
    Flux<String> fusedList() {
      return Flux.just("fu", "sed").map(text -> text);
    }

    @GetMapping("/never")
    Mono<String> never() {
      return Mono.never();
    }

    @GetMapping("/entity")
    Mono<ResponseEntity<Flux<Integer>>> entity() {
      return Mono.just(ResponseEntity.ok()
          .contentType(MediaType.APPLICATION_NDJSON)
          .body(Flux.range(0, 3).delayElements(Duration.ofMillis(5))));
    }
  }

  @EnableWebFlux
  static class Config implements WebFluxConfigurer {
    @Override
    public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
      configurer.addCustomResolver(new CtxArgumentResolver());
    }

    @Bean
    Endpoints endpoints() {
      return new Endpoints();
    }
  }

  enum Kind {
    CONTROLLER,
    CONTEXT
  }

  private WebTestClient client(Kind kind) {
    if (kind == Kind.CONTROLLER) {
      return WebTestClient.bindToController(new Endpoints())
          .webFilter(filter)
          .argumentResolvers(resolvers -> resolvers.addCustomResolver(new CtxArgumentResolver()))
          .configureClient()
          .responseTimeout(GUARD)
          .build();
    }
    var context = new AnnotationConfigApplicationContext();
    context.register(Config.class);
    context.registerBean(CtxWebFilter.class, () -> filter);
    context.refresh();
    return WebTestClient.bindToApplicationContext(context)
        .configureClient()
        .responseTimeout(GUARD)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W10 what a handler hands over may be fused, as most operators of one value are")
  void fused_isAnswered(Kind kind) {
    for (String path : List.of("/fused", "/fused/entity", "/fused/list")) {
      client(kind)
          .get()
          .uri(path)
          .exchange()
          .expectStatus()
          .isOk()
          .expectBody(String.class)
          .isEqualTo("fused");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W10 an event stream comes whole, and the exchange is over when it is")
  void eventStream_readLater_whole(Kind kind) {
    List<String> ticks = client(kind)
        .get()
        .uri("/ticks")
        .exchange()
        .expectStatus()
        .isOk()
        .returnResult(String.class)
        .getResponseBody()
        .collectList()
        .block(GUARD);
    assertThat(ticks).containsExactly("0", "1", "2", "3", "4");
    Await.until(() -> counts.of(Outcome.COMPLETED, true) == 1, counts::toString);
    assertThat(client(kind)
            .get()
            .uri("/entity")
            .exchange()
            .returnResult(Integer.class)
            .getResponseBody()
            .collectList()
            .block(GUARD))
        .containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "W10 a stream outlives the default, ends with its header's deadline, and with its reader")
  void endlessStream_asOnAServer(Kind kind) {
    Flux<String> body = client(kind)
        .get()
        .uri("/endless")
        .header("X-Request-Timeout-Ms", "90000")
        .exchange()
        .returnResult(String.class)
        .getResponseBody();
    StepVerifier.create(body)
        .expectNextCount(5)
        .then(() -> time.advance(DEFAULT.plusSeconds(1)))
        .expectNextCount(5)
        .then(() -> time.advance(DEFAULT))
        .thenConsumeWhile(tick -> true)
        .expectComplete()
        .verify(GUARD);
    StepVerifier.create(client(kind)
            .get()
            .uri("/endless")
            .exchange()
            .returnResult(String.class)
            .getResponseBody())
        .expectNextCount(3)
        .thenCancel()
        .verify(GUARD);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W10 where a server aborts, the body fails")
  void parts_deadlinePasses_bodyFails(Kind kind) {
    Flux<String> body = client(kind)
        .get()
        .uri("/parts")
        .exchange()
        .expectStatus()
        .isOk()
        .returnResult(String.class)
        .getResponseBody();
    StepVerifier.create(body)
        .expectSubscription()
        .then(() -> time.advance(DEFAULT))
        .thenConsumeWhile(part -> true)
        .expectError()
        .verify(GUARD);
    Await.until(() -> counts.of(Outcome.DEADLINE_EXCEEDED, true) == 1, counts::toString);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W10 one that nobody reads keeps the exchange until its deadline")
  void parts_neverRead_overAtTheDeadline(Kind kind) {
    client(kind).get().uri("/parts").exchange().expectStatus().isOk();
    assertThat(live.size()).isEqualTo(1);
    time.advance(DEFAULT);
    Await.until(() -> counts.of(Outcome.DEADLINE_EXCEEDED, true) == 1, counts::toString);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W10 all else is as on a server")
  void otherResponses_asOnAServer(Kind kind) {
    WebTestClient client = client(kind);
    client.get().uri("/list").exchange().expectBody(String.class).isEqualTo("same=true");
    Await.until(() -> live.size() == 0, () -> "live: " + live.all()); // its reader is told first
    CompletableFuture<Void> advanced = CompletableFuture.runAsync(() -> {
      Await.until(() -> live.size() == 1, () -> "not begun");
      time.advance(Duration.ofMillis(50));
    });
    client
        .get()
        .uri("/never")
        .header("X-Request-Timeout-Ms", "50")
        .exchange()
        .expectStatus()
        .isEqualTo(504)
        .expectHeader()
        .contentType(MediaType.APPLICATION_PROBLEM_JSON);
    assertThat(advanced).succeedsWithin(GUARD);
    client.get().uri("/nowhere").exchange().expectStatus().isNotFound();
  }

  @Test
  @DisplayName("W10 of a router, too")
  void router_eventStream_whole() {
    WebTestClient client = WebTestClient.bindToRouterFunction(RouterFunctions.route()
            .GET(
                "/ticks",
                request -> ServerResponse.ok()
                    .contentType(MediaType.TEXT_EVENT_STREAM)
                    .body(Flux.range(0, 4).delayElements(Duration.ofMillis(5)), Integer.class))
            .build())
        .webFilter(filter)
        .configureClient()
        .responseTimeout(GUARD)
        .build();
    assertThat(client
            .get()
            .uri("/ticks")
            .exchange()
            .returnResult(Integer.class)
            .getResponseBody()
            .collectList()
            .block(GUARD))
        .containsExactly(0, 1, 2, 3);
  }
}

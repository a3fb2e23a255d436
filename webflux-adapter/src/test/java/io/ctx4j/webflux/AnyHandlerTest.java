package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Each place of an application's that an exchange comes through, and what it sees there. */
class AnyHandlerTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  /** What was seen, by the place. */
  private static final Map<String, Ctx> SEEN = new ConcurrentHashMap<>();

  private static Service service;

  private static <T> Mono<T> see(String place, T value) {
    return CtxOps.current().doOnNext(ctx -> SEEN.put(place, ctx)).thenReturn(value);
  }

  @RestController
  static class Endpoints {
    @ModelAttribute("model")
    String model(Ctx ctx) {
      SEEN.put("model's parameter", ctx);
      return "model";
    }

    @InitBinder
    void binder(WebDataBinder binder, Ctx ctx) {
      SEEN.put("binder's parameter", ctx);
    }

    @GetMapping("/any/mono")
    Mono<String> mono(Ctx ctx, @RequestParam(defaultValue = "1") int number) {
      SEEN.put("parameter", ctx);
      return see("mono", "mono");
    }

    @GetMapping("/any/flux")
    Flux<String> flux(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return Flux.just("a", "b").concatMap(each -> see("flux", each));
    }

    @GetMapping("/any/text")
    String text(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return "text";
    }

    @GetMapping("/any/callable")
    Mono<String> callable(Ctx ctx) {
      SEEN.put("parameter", ctx);
      Callable<String> call = () -> "called";
      return Mono.fromCallable(call).delayUntil(text -> see("callable", text));
    }

    @GetMapping("/any/future")
    CompletableFuture<String> future(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return CompletableFuture.completedFuture("future");
    }

    @GetMapping("/any/entity")
    Mono<ResponseEntity<Flux<String>>> entity(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return see("entity", ResponseEntity.ok(Flux.just("a").concatMap(each -> see("flux", each))));
    }

    @GetMapping("/any/throws")
    Mono<String> fails(Ctx ctx) {
      SEEN.put("parameter", ctx);
      throw new IllegalArgumentException("thrown");
    }

    @GetMapping("/any/fails")
    Mono<String> failsLater(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return see("mono", "").then(Mono.error(new IllegalArgumentException("failed")));
    }

    @GetMapping("/any/own-advice")
    Mono<String> ownAdvice(Ctx ctx) {
      SEEN.put("parameter", ctx);
      return Mono.error(new IllegalStateException("failed"));
    }

    @ExceptionHandler(IllegalStateException.class)
    Mono<String> own(IllegalStateException e, Ctx ctx) {
      SEEN.put("advice's parameter", ctx);
      return see("advice", "advised");
    }
  }

  @RestControllerAdvice
  static class Advice {
    @ExceptionHandler(IllegalArgumentException.class)
    Mono<ResponseEntity<String>> bad(IllegalArgumentException e, Ctx ctx) {
      SEEN.put("advice's parameter", ctx);
      return see("advice", ResponseEntity.ok("advised"));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Others {
    /** As one that authenticates does: what comes behind it finds something more in its Context. */
    @Bean
    @Order(-100)
    WebFilter security() {
      return (exchange, chain) -> see("filter", exchange)
          .doOnNext(seen -> SEEN.put("filter's exchange", CtxWeb.ctx(seen)))
          .flatMap(seen -> chain
              .filter(seen)
              .then(Mono.defer(() -> see("filter, after", seen).then()))
              .contextWrite(view -> view.put("authenticated", "ann")));
    }

    /** Of an exchange that it has made anew. */
    @Bean
    @Order(-50)
    WebFilter mutating() {
      return (exchange, chain) -> {
        ServerWebExchange mutated = exchange
            .mutate()
            .request(request -> request.header("X-Mutated", "1"))
            .build();
        SEEN.put("mutated exchange", CtxWeb.ctx(mutated));
        return chain.filter(mutated);
      };
    }

    @Bean
    @Order(-2)
    WebExceptionHandler exceptions() {
      return (exchange, error) -> {
        if (!(error instanceof UnsupportedOperationException)) {
          return Mono.error(error);
        }
        SEEN.put("exception handler's exchange", CtxWeb.ctx(exchange));
        exchange.getResponse().setStatusCode(HttpStatus.OK);
        return exchange.getResponse().setComplete();
      };
    }

    @Bean
    RouterFunction<ServerResponse> anyRoutes() {
      return RouterFunctions.route()
          .GET("/any/functional", request -> {
            SEEN.put("functional", CtxWeb.ctx(request));
            return ServerResponse.ok().body(see("functional's body", "functional"), String.class);
          })
          .GET("/any/functional-fails", request -> Mono.error(new IllegalArgumentException("f")))
          .GET(
              "/any/unhandled",
              request -> Mono.error(new UnsupportedOperationException("unhandled")))
          .filter((request, next) -> {
            SEEN.put("functional filter", CtxWeb.ctx(request));
            return see("functional filter's Context", request).flatMap(next::handle);
          })
          .onError(IllegalArgumentException.class, (error, request) -> {
            SEEN.put("functional's error handler", CtxWeb.ctx(request));
            return see("functional's error handler's Context", "routed")
                .flatMap(text -> ServerResponse.ok().bodyValue(text));
          })
          .build();
    }
  }

  @BeforeAll
  static void start() {
    service = Service.start(
        List.of(Endpoints.class, Advice.class, Others.class), "ctx4j.web.default-timeout=100s");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
    SEEN.clear();
  }

  @ParameterizedTest
  @CsvSource({
    "mono, 'model''s parameter, binder''s parameter, parameter, mono'",
    "flux, 'parameter, flux'",
    "text, 'parameter'",
    "callable, 'parameter, callable'",
    "future, 'parameter'",
    "entity, 'parameter, entity, flux'",
    "throws, 'parameter, advice, advice''s parameter'",
    "fails, 'parameter, mono, advice, advice''s parameter'",
    "own-advice, 'parameter, advice, advice''s parameter'",
    "functional, 'functional, functional''s body, functional filter, functional filter''s Context'",
    "functional-fails, 'functional''s error handler, functional''s error handler''s Context'",
    "unhandled, 'exception handler''s exchange, filter'",
  })
  @DisplayName("W1 the same Ctx in every place that an exchange comes through")
  void anyPlace_sameCtx(String name, String places) throws IOException {
    assertThat(Wire.get(service.port, "/any/" + name + "?number=7").status()).isEqualTo(200);
    service.awaitNothingLeft(); // what a filter does after the answer, too
    assertThat(SEEN).containsKeys("filter", "filter's exchange", "mutated exchange");
    assertThat(SEEN).containsKeys(places.split(", ", -1));
    Ctx ctx = Objects.requireNonNull(SEEN.get("filter"));
    assertThat(SEEN.values()).allMatch(seen -> seen == ctx);
    assertThat(ctx.deadline()).isNotNull();
    if (!name.equals("unhandled")) {
      assertThat(SEEN).containsKey("filter, after");
    }
  }

  @Test
  @DisplayName(
      "W1 what a filter puts below it is seen behind the filter, with the exchange's deadline")
  void filter_putsChild_handlerSeesItsValue() throws IOException {
    service.on(
        "value",
        request -> Mono.deferContextual(view -> {
              Ctx ctx = CtxOps.get(view);
              return ServerResponse.ok()
                  .bodyValue(ctx.value(USER) + " " + view.getOrDefault(USER, "nobody") + " "
                      + (ctx.deadline() != null) + " " + view.get("authenticated") + " "
                      + CtxWeb.ctx(request).value(USER));
            })
            .contextWrite(CtxOps.withValue(USER, "ann")));
    assertThat(Wire.get(service.port, "/on/value").body()).isEqualTo("ann ann true ann null");
  }
}

package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Logs;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A service that has the starter and nothing else of ours; each test brings its handlers along. */
final class Service implements AutoCloseable {
  private final ConfigurableApplicationContext context;
  final int port;
  final Logs logs;

  private Service(ConfigurableApplicationContext context, Logs logs) {
    this.context = context;
    this.logs = logs;
    port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  static Service start(String... properties) {
    Logs logs = Logs.capture();
    List<String> all = new ArrayList<>(List.of(
        "--server.address=127.0.0.1",
        "--server.port=0",
        "--spring.main.banner-mode=off",
        "--logging.level.root=WARN",
        "--management.endpoints.web.exposure.include=*",
        "--spring.cloud.gateway.server.webflux.enabled="
            + String.join(" ", properties).contains("gateway")));
    if (!String.join(" ", properties).contains("timeout-per-shutdown-phase")) {
      all.add("--spring.lifecycle.timeout-per-shutdown-phase=1s");
    }
    for (String property : properties) {
      all.add("--" + property);
    }
    ConfigurableApplicationContext context = new SpringApplicationBuilder(App.class)
        .web(WebApplicationType.REACTIVE)
        .registerShutdownHook(false)
        .run(all.toArray(String[]::new));
    logs.reset();
    return new Service(context, logs);
  }

  /** Serves GET and POST of /on/{name}. */
  Service on(String name, HandlerFunction<ServerResponse> handler) {
    bean(Handlers.class).byName.put(name, handler);
    return this;
  }

  /** Serves an event stream without an end, as /on/ticks. */
  Service onTicks() {
    return on(
        "ticks",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.interval(Duration.ofMillis(10)).onBackpressureDrop(), Long.class));
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  CancelCtx root() {
    return (CancelCtx) context.getBean("ctx4jRoot");
  }

  /** Where it listens now; started once more it may be elsewhere. */
  int port() {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  LiveExchanges live() {
    return bean(LiveExchanges.class);
  }

  ConfigurableApplicationContext context() {
    return context;
  }

  /** Waits until nothing is left of any exchange. */
  void awaitNothingLeft() {
    Await.until(() -> live().size() == 0, () -> "live: " + live().all());
    Await.until(() -> root().tree().lines().count() == 1, () -> root().tree());
    assertThat(root().isDone()).isFalse();
  }

  @Override
  public void close() {
    context.close();
    logs.close();
  }

  static final class Handlers {
    final Map<String, HandlerFunction<ServerResponse>> byName = new ConcurrentHashMap<>();
  }

  @RestController
  static class Annotated {
    @GetMapping("/annotated/never/{id}")
    Mono<String> never(Ctx ctx) {
      return Mono.never();
    }

    @GetMapping("/annotated/numbers")
    Flux<Integer> numbers() {
      return Flux.range(0, 100).concatWith(Flux.never());
    }
  }

  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration(
      excludeName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
  static class App {
    @Bean
    Handlers handlers() {
      return new Handlers();
    }

    @Bean
    Annotated annotated() {
      return new Annotated();
    }

    @Bean
    RouterFunction<ServerResponse> routes(Handlers handlers) {
      return RouterFunctions.route()
          .GET("/ok", request -> ServerResponse.ok().bodyValue("ok"))
          .path(
              "/on",
              on -> on.route(path("/{name}"), request -> handle(handlers, request))
                  .POST("/{name}", request -> handle(handlers, request)))
          .build();
    }

    private static Mono<ServerResponse> handle(Handlers handlers, ServerRequest request) {
      HandlerFunction<ServerResponse> handler = handlers.byName.get(request.pathVariable("name"));
      return handler == null ? ServerResponse.notFound().build() : handler.handle(request);
    }

    /** Says what it hears. */
    @Bean
    SimpleUrlHandlerMapping webSockets() {
      WebSocketHandler echo =
          session -> session.send(session.receive().map(WebSocketMessage::retain));
      return new SimpleUrlHandlerMapping(Map.of("/socket", echo), -1);
    }

    /** One for each service: the global threads end with the first that stops. */
    @Bean
    ReactorResourceFactory reactorResourceFactory() {
      var factory = new ReactorResourceFactory();
      factory.setUseGlobalResources(false);
      factory.setShutdownQuietPeriod(Duration.ZERO);
      return factory;
    }
  }
}

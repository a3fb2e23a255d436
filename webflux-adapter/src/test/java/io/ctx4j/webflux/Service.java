package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ManualTime;
import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Logs;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.reactive.JettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.tomcat.reactive.TomcatReactiveWebServerFactory;
import org.springframework.boot.web.server.reactive.ConfigurableReactiveWebServerFactory;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.upgrade.JettyRequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.upgrade.StandardWebSocketUpgradeStrategy;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/**
 * A real service on a real server, whose handlers each test brings along; settings are written as
 * Boot's properties.
 */
final class Service implements AutoCloseable {
  /** Deadlines pass when {@link #advance} says so, and not before: none is waited for. */
  static final String MANUAL_TIME = "test.time=manual";

  /** A request with this header waits in a filter of the application. */
  static final String SLOW_FILTER = "X-Slow-Filter";

  private final ConfigurableApplicationContext context;
  final int port;
  final Logs logs;

  private Service(ConfigurableApplicationContext context, Logs logs) {
    this.context = context;
    this.logs = logs;
    port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  /** Starts one on reactor-netty. */
  static Service start(String... properties) {
    return start(Server.NETTY, properties);
  }

  /** Starts one that has these controllers, too. */
  static Service start(List<Class<?>> controllers, String... properties) {
    return start(Server.NETTY, controllers, properties);
  }

  static Service start(Server server, String... properties) {
    return start(server, List.of(), properties);
  }

  private static Service start(Server server, List<Class<?>> controllers, String... properties) {
    Logs logs = Logs.capture();
    List<String> all = new ArrayList<>(List.of(
        "--server.address=127.0.0.1",
        "--server.port=0",
        "--spring.main.banner-mode=off",
        "--logging.level.root=WARN",
        "--test.server=" + server));
    if (!String.join(" ", properties).contains("timeout-per-shutdown-phase")) {
      all.add("--spring.lifecycle.timeout-per-shutdown-phase=1s");
    }
    for (String property : properties) {
      all.add("--" + property);
    }
    List<Class<?>> sources = new ArrayList<>(controllers);
    sources.add(App.class);
    ConfigurableApplicationContext context = new SpringApplicationBuilder(
            sources.toArray(Class<?>[]::new))
        .web(WebApplicationType.REACTIVE)
        .registerShutdownHook(false)
        .run(all.toArray(String[]::new));
    logs.reset();
    return new Service(context, logs);
  }

  enum Server {
    NETTY,
    TOMCAT,
    JETTY
  }

  /** The header of a request that has so long. */
  static String budget(long millis) {
    return "X-Request-Timeout-Ms: " + millis;
  }

  /** Serves GET and POST of /on/{name}. */
  Service on(String name, HandlerFunction<ServerResponse> handler) {
    bean(Handlers.class).byName.put(name, handler);
    return this;
  }

  /** Serves WebSockets of /sockets/{name}. */
  Service onSocket(String name, WebSocketHandler handler) {
    bean(Handlers.class).socketsByName.put(name, handler);
    return this;
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  CancelCtx root() {
    return (CancelCtx) context.getBean("ctx4jRoot");
  }

  LiveExchanges live() {
    return bean(LiveExchanges.class);
  }

  ConfigurableApplicationContext context() {
    return context;
  }

  /**
   * Moves the clock of {@link #MANUAL_TIME}; what it ends has been ended, or told to, when this
   * returns.
   */
  void advance(Duration by) {
    ((ManualTime) bean(TimeSource.class)).advance(by);
  }

  /** Waits until so many exchanges are in flight, each with its deadline. */
  void awaitLive(int count) {
    Await.until(() -> live().size() == count, () -> "live: " + live().all());
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
    final Map<String, WebSocketHandler> socketsByName = new ConcurrentHashMap<>();
    final AtomicReference<@Nullable Ctx> socket = new AtomicReference<>();
    final AtomicReference<@Nullable Boolean> sameInSession = new AtomicReference<>();
  }

  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Filters.class)
  static class App {
    @Bean
    Handlers handlers() {
      return new Handlers();
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

    @Bean
    Annotated annotated() {
      return new Annotated();
    }

    /** One for each service: the global threads end with the first that stops. */
    @Bean
    ReactorResourceFactory reactorResourceFactory() {
      var factory = new ReactorResourceFactory();
      factory.setUseGlobalResources(false);
      factory.setShutdownQuietPeriod(Duration.ZERO);
      return factory;
    }

    @Bean
    WebFilter slowFilter() {
      return (exchange, chain) -> exchange.getRequest().getHeaders().containsHeader(SLOW_FILTER)
          ? Mono.never()
          : chain.filter(exchange);
    }

    /** Throws where a request says so. */
    @Bean
    WebFilter fatalFilter() {
      return (exchange, chain) -> {
        String place = exchange.getRequest().getHeaders().getFirst("X-Fatal");
        if ("filter".equals(place)) {
          throw new NoClassDefFoundError("in a filter");
        }
        return "filtered".equals(place)
            ? Mono.fromRunnable(() -> {
              throw new StackOverflowError("behind a filter");
            })
            : chain.filter(exchange);
      };
    }

    @Bean
    WebFluxConfigurer fatalResolver() {
      return new WebFluxConfigurer() {
        @Override
        public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
          configurer.addCustomResolver(new Annotated.FatalResolver());
        }
      };
    }

    @Bean
    Sessions webSessionManager() {
      return new Sessions();
    }

    @Bean
    Observed observed() {
      return new Observed();
    }

    @Bean
    ObservationRegistry observations(Observed observed) {
      ObservationRegistry registry = ObservationRegistry.create();
      registry.observationConfig().observationHandler(observed);
      return registry;
    }

    /**
     * Spring takes the first that is on the class path, and here there are those of all servers.
     */
    @Bean
    WebFluxConfigurer upgrades(@Value("${test.server}") Server server) {
      return new WebFluxConfigurer() {
        @Override
        public WebSocketService getWebSocketService() {
          return new HandshakeWebSocketService(
              switch (server) {
                case NETTY -> new ReactorNettyRequestUpgradeStrategy();
                case TOMCAT -> new StandardWebSocketUpgradeStrategy();
                case JETTY -> new JettyRequestUpgradeStrategy();
              });
        }
      };
    }

    /** Speaks as it is spoken to, until it is told to stop. */
    @Bean
    SimpleUrlHandlerMapping webSockets(Handlers handlers) {
      WebSocketHandler echo = session -> Mono.deferContextual(view -> {
        Ctx ctx = CtxOps.get(view);
        handlers.sameInSession.set(CtxWeb.ctx(session) == ctx);
        handlers.socket.set(ctx);
        return session
            .send(session
                .receive()
                .takeUntil(message -> message.getPayloadAsText().equals("stop"))
                .map(WebSocketMessage::retain))
            .transform(CtxOps.bind());
      });
      WebSocketHandler byName = session -> {
        String path = session.getHandshakeInfo().getUri().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return Objects.requireNonNull(handlers.socketsByName.get(name)).handle(session);
      };
      return new SimpleUrlHandlerMapping(Map.of("/socket", echo, "/sockets/*", byName), -1);
    }

    /** What comes from the gate. */
    @Bean
    @ConditionalOnBooleanProperty("test.touch")
    WebHttpHandlerBuilderCustomizer touchedAtTheServer() {
      return builder -> builder.httpHandlerDecorator(handler -> (request, response) ->
          handler.handle(request, new Touched(response, Touched.AT_THE_SERVER)));
    }

    /** A session's store fails at the worst moment, as the head of an answer is made. */
    @Bean
    @ConditionalOnBooleanProperty("test.failing-saves")
    WebHttpHandlerBuilderCustomizer savesFail(Sessions sessions) {
      return builder -> builder.httpHandlerDecorator(handler ->
          (request, response) -> handler.handle(request, new FailingSave(response, sessions)));
    }

    /** What comes from the handler. */
    @Bean
    @ConditionalOnBooleanProperty("test.touch")
    WebFilter touchedAtTheGate() {
      return (exchange, chain) -> chain.filter(exchange
          .mutate()
          .response(new Touched(exchange.getResponse(), Touched.AT_THE_GATE))
          .build());
    }

    @Bean
    ConfigurableReactiveWebServerFactory server(@Value("${test.server}") Server server) {
      return switch (server) {
        case NETTY -> new NettyReactiveWebServerFactory();
        case TOMCAT -> new TomcatReactiveWebServerFactory();
        case JETTY -> new JettyReactiveWebServerFactory();
      };
    }
  }

  /** The plain beans, as an application without the starter has them. */
  static class Filters {
    @Bean
    TimeSource time(@Value("${test.time:system}") String time) {
      return time.equals("manual") ? new ManualTime() : TimeSource.system();
    }

    @Bean(destroyMethod = "")
    CancelCtx ctx4jRoot(TimeSource time) {
      return Ctx.root(time).withName("application").withCancel();
    }

    @Bean
    LiveExchanges live() {
      return new LiveExchanges();
    }

    @Bean
    Counts counts() {
      return new Counts();
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "ctx4j.web.enabled", matchIfMissing = true)
    CtxWebFilter filter(
        CancelCtx root, Environment environment, LiveExchanges live, Counts counts) {
      return new CtxWebFilter(root, Settings.of(environment), live, counts, exchange -> false);
    }

    @Bean
    WebFluxConfigurer resolver() {
      return new WebFluxConfigurer() {
        @Override
        public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
          configurer.addCustomResolver(new CtxArgumentResolver());
        }
      };
    }

    @Bean
    WebClientCustomizer client() {
      return builder -> builder.filter(new CtxClientFilter());
    }
  }
}

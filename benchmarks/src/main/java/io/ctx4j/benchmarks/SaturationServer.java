package io.ctx4j.benchmarks;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * A WebFlux service with one route and one event loop, with the filter or without.
 *
 * <p>Prints its port, and ends when its input does.
 */
final class SaturationServer {
  static final String FILTERED = "filtered";

  private SaturationServer() {}

  public static void main(String[] args) throws IOException {
    HandlerStrategies.Builder strategies = HandlerStrategies.builder();
    if (Arrays.asList(args).contains(FILTERED)) {
      CtxWebSettings settings = CtxWebSettings.builder()
          .defaultTimeout(Duration.ofSeconds(2))
          .maxTimeout(Duration.ofSeconds(10))
          .build();
      strategies.webFilter(new CtxWebFilter(Ctx.background(), settings));
    }
    RouterFunction<ServerResponse> routes = route()
        .GET(
            "/orders/{id}",
            request -> ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue("{\"id\":" + request.pathVariable("id") + ",\"item\":\"a book\"}"))
        .build();
    DisposableServer server = HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .runOn(LoopResources.create("http", 1, true))
        .handle(new ReactorHttpHandlerAdapter(
            RouterFunctions.toHttpHandler(routes, strategies.build())))
        .bindNow();
    System.out.println(server.port());
    while (System.in.read() >= 0) {
      // nobody writes there
    }
    server.disposeNow();
    System.exit(0);
  }
}

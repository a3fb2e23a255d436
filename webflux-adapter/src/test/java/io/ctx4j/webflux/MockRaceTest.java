package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.AtOnce;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A handler that answers as its context ends, on a server that is not there: many races, and no
 * time in them.
 */
@Tag("race")
class MockRaceTest {
  private static final int RACES = Integer.getInteger("ctx4j.test.races", 1_000);
  private static final byte[] HALF = "a body".getBytes(StandardCharsets.UTF_8);

  private static Mono<Void> respond(ServerWebExchange exchange, String way) {
    ServerHttpResponse response = exchange.getResponse();
    response.getHeaders().set("X-Handler", "1");
    response.addCookie(ResponseCookie.from("handler", "1").build());
    return switch (way) {
      case "one" ->
        response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(HALF)));
      case "parts" -> response.writeWith(Flux.just(HALF, HALF).map(response.bufferFactory()::wrap));
      case "groups" ->
        response.writeAndFlushWith(
            Flux.just(HALF, HALF).map(part -> Mono.just(response.bufferFactory().wrap(part))));
      case "complete" -> response.setComplete();
      default -> Mono.empty();
    };
  }

  private static String whole(HttpMethod method, String way) {
    String half = new String(HALF, StandardCharsets.UTF_8);
    return method.equals(HttpMethod.HEAD)
        ? ""
        : switch (way) {
          case "one" -> half;
          case "parts", "groups" -> half + half;
          default -> "";
        };
  }

  private static Mono<Void> session(ServerWebExchange exchange, String session) {
    if (session.equals("none")) {
      return Mono.empty();
    }
    return exchange
        .getSession()
        .doOnNext(started -> {
          started.start();
          if (session.equals("hangs")) {
            started.getAttributes().put(Sessions.HANGS, true);
          }
        })
        .then();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, one, none",
    "GET, parts, none",
    "GET, groups, none",
    "GET, complete, none",
    "GET, nothing, none",
    "HEAD, one, none",
    "HEAD, parts, none",
    "HEAD, groups, none",
    "HEAD, nothing, none",
    "GET, one, saved",
    "GET, parts, saved",
    "GET, groups, saved",
    "GET, complete, saved",
    "GET, nothing, saved",
    "HEAD, one, saved",
    "GET, one, hangs",
    "GET, parts, hangs",
    "GET, nothing, hangs"
  })
  @DisplayName("W4 races of response and end over a mock server: no response is corrupt")
  void responseAndEnd_atOnce_noneCorrupt(HttpMethod method, String way, String session) {
    Map<String, Integer> seen = new TreeMap<>();
    for (int race = 0; race < RACES; race++) {
      seen.merge(race(method, way, session, race % 100 == 0), 1, Integer::sum);
    }
    System.out.println("races of " + method + " " + way + " " + session + ": " + seen);
    assertThat(seen.keySet()).allMatch(what -> what.startsWith("ok"));
    assertThat(seen).containsKey("ok 503");
    if (!session.equals("hangs")) {
      assertThat(seen).containsKey("ok 200");
    }
  }

  private static String race(HttpMethod method, String way, String session, boolean blocks) {
    CancelCtx root = Ctx.background().withCancel();
    Sinks.Empty<Void> go = Sinks.empty();
    CompletableFuture<Void> started = new CompletableFuture<>();
    HttpHandler server = WebHttpHandlerBuilder.webHandler(exchange -> session(exchange, session)
            .then(Mono.defer(() -> {
              started.complete(null);
              return go.asMono();
            }))
            .then(Mono.defer(() -> respond(exchange, way)))
            .doOnCancel(() -> LockSupport.parkNanos(blocks ? 1_000_000 : 1)))
        .filter(new CtxWebFilter(
            root, CtxWebSettings.builder().defaultTimeout(Duration.ofMinutes(5)).build()))
        .sessionManager(new Sessions())
        .build();
    var response = new MockServerHttpResponse();
    CompletableFuture<Void> ended = server
        .handle(MockServerHttpRequest.method(method, "/x").build(), response)
        .toFuture();
    started.join();
    AtOnce.run(go::tryEmitEmpty, root::cancel);
    try {
      ended.join();
    } catch (CompletionException e) {
      boolean inParts = way.equals("parts") || way.equals("groups");
      return inParts && e.getCause() instanceof CtxException ? "ok aborted" : "failed " + e;
    }
    return judge(whole(method, way), method, response);
  }

  private static String judge(String whole, HttpMethod method, MockServerHttpResponse response) {
    boolean handlers = response.getHeaders().containsHeader("X-Handler");
    boolean cookies = !response.getCookies().isEmpty();
    String body = Objects.requireNonNullElse(
        response
            .getBodyAsString()
            .onErrorResume(IllegalStateException.class, nobody -> Mono.empty())
            .block(),
        "");
    int status =
        response.getStatusCode() == null ? 200 : response.getStatusCode().value();
    if (status == 200 && handlers && cookies) {
      return body.equals(whole) ? "ok 200" : "corrupt 200: " + body;
    }
    // past a response that waits for a commit action a mock can be sent nothing but the status, and
    // the action may still be at it, and add the session's cookie
    boolean unsaid = !response.getHeaders().containsHeader("Content-Type");
    boolean clean = unsaid ? !response.getCookies().containsKey("handler") : !cookies;
    if (status == 503 && !handlers && clean) {
      boolean said = body.startsWith("{\"type\"") && body.endsWith("}");
      return said || unsaid || method.equals(HttpMethod.HEAD) ? "ok 503" : "corrupt 503: " + body;
    }
    return "corrupt " + status + " " + response.getHeaders() + response.getCookies() + " " + body;
  }
}

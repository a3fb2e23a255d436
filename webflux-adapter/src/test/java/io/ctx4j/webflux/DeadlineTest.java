package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A default of a minute, so that what ends sooner was asked to. */
class DeadlineTest {
  private static Service service;

  @BeforeAll
  static void start() {
    service = Service.start(
        "ctx4j.web.default-timeout=60s",
        "server.max-http-request-header-size=64KB",
        "ctx4j.web.routes[0].path=/on/short-*",
        "ctx4j.web.routes[0].timeout=150ms",
        "ctx4j.web.routes[1].path=/on/unlimited",
        "ctx4j.web.routes[1].timeout=none");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void leavesNothing() {
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  @Test
  @DisplayName(
      "W1 the context is the same in the Reactor Context, as a parameter, and of the exchange")
  void annotatedHandler_parameter_isTheSubscribersContext() throws IOException {
    Answer answer = Wire.get(service.port, "/annotated/ctx");
    assertThat(answer.body()).isEqualTo("parameter=true exchange=true deadline=true");
  }

  @Test
  @DisplayName("W1 CtxWeb.ctx finds the same context in a functional handler, a child of the root")
  void functionalHandler_accessor_isTheSubscribersContext() throws IOException {
    service.on("same", request -> {
      Ctx ctx = CtxWeb.ctx(request);
      String tree = service.root().tree();
      return CtxOps.current()
          .flatMap(current -> ServerResponse.ok()
              .bodyValue((current == ctx) + " " + tree.contains(".named(request)")));
    });
    assertThat(Wire.get(service.port, "/on/same").body()).isEqualTo("true true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Request-Timeout-Ms: %d",
        "x-envoy-expected-rq-timeout-ms: %d",
        "grpc-timeout: %dm"
      })
  @DisplayName("W2 W4 each header's deadline ends the request with a problem detail")
  void header_shorterThanHandler_problemDetail(String header) throws IOException {
    AtomicBoolean begun = new AtomicBoolean();
    CompletableFuture<Throwable> cause = new CompletableFuture<>();
    service.on("never", request -> {
      Ctx ctx = CtxWeb.ctx(request);
      return Mono.<ServerResponse>never()
          .doOnSubscribe(subscription -> begun.set(true))
          .doOnCancel(() -> cause.complete(ctx.cause()));
    });
    Await.longEnough(100, millis -> {
      long start = System.nanoTime();
      Answer answer = Wire.get(service.port, "/on/never?secret=1", header.formatted(millis));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(millis));
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.complete()).isTrue();
      assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
      assertThat(answer.body())
          .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Gateway Timeout\",\"status\":504,"
              + "\"detail\":\"The deadline of the request has passed.\","
              + "\"instance\":\"/on/never\"}");
      return begun.get(); // else there was nothing to cancel
    });
    assertThat(cause).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(cause.join()).isInstanceOf(DeadlineExceededException.class);
    assertThat(service.logs.ours()).isEmpty();
  }

  @Test
  @DisplayName("W2 of several headers the earliest wins")
  void headers_several_earliestWins() throws IOException {
    service.on("left", request -> ServerResponse.ok().bodyValue(left(CtxWeb.ctx(request))));
    Answer answer = Wire.get(
        service.port,
        "/on/left",
        "grpc-timeout: 50S",
        "X-Request-Timeout-Ms: 30000",
        "x-envoy-expected-rq-timeout-ms: 40000");
    assertThat(Long.parseLong(answer.body())).isBetween(1L, 30_000L);
  }

  @Test
  @DisplayName("W2 a header cannot ask for more than the default, where no maximum is set")
  void header_longerThanDefault_default() throws IOException {
    service.on("left", request -> ServerResponse.ok().bodyValue(left(CtxWeb.ctx(request))));
    Answer answer =
        Wire.get(service.port, "/on/left", "X-Request-Timeout-Ms: 99999999999999999999");
    assertThat(Long.parseLong(answer.body())).isBetween(1L, 60_000L);
  }

  @Test
  @DisplayName("W2 a route has its own timeout, or none")
  void route_ownTimeout_counts() throws IOException {
    service.on("short-one", request -> Mono.never());
    service.on("unlimited", request -> ServerResponse.ok().bodyValue(left(CtxWeb.ctx(request))));
    assertThat(Wire.get(service.port, "/on/short-one").status()).isEqualTo(504);
    assertThat(Wire.get(service.port, "/on/unlimited").body()).isEqualTo("none");
    assertThat(Wire.get(service.port, "/on/unlimited", "X-Request-Timeout-Ms: 40000")
            .body())
        .isNotEqualTo("none");
  }

  private static String left(Ctx ctx) {
    Duration left = ctx.remaining();
    return left == null ? "none" : Long.toString(left.toMillis());
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Request-Timeout-Ms: 0", "grpc-timeout: 0S"})
  @DisplayName("W3 a budget of 0 is spent: 504, and the handler does not run")
  void header_zero_handlerDoesNotRun(String header) throws IOException {
    AtomicInteger runs = new AtomicInteger();
    service.on("count", request -> {
      runs.incrementAndGet();
      return ServerResponse.ok().bodyValue("ran");
    });
    assertThat(Wire.get(service.port, "/on/count", header).status()).isEqualTo(504);
    assertThat(runs).hasValue(0);
  }

  @Test
  @DisplayName("W3 in Envoy's header 0 means none")
  void envoyHeader_zero_default() throws IOException {
    service.on("left", request -> ServerResponse.ok().bodyValue(left(CtxWeb.ctx(request))));
    Answer answer = Wire.get(service.port, "/on/left", "x-envoy-expected-rq-timeout-ms: 0");
    assertThat(Long.parseLong(answer.body())).isBetween(1L, 60_000L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"abc", "-1", "+1", "1 0", "5ms", "", "0x10", "1.5", "１", "99999999999999999999"})
  @DisplayName("W3 no header makes a request fail in another way")
  void header_strange_requestSucceeds(String value) throws IOException {
    for (String name :
        new String[] {"X-Request-Timeout-Ms", "x-envoy-expected-rq-timeout-ms", "grpc-timeout"}) {
      Answer answer = Wire.get(service.port, "/ok", name + ": " + value);
      assertThat(answer.status()).as(name).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Request-Timeout-Ms", "x-envoy-expected-rq-timeout-ms", "grpc-timeout"})
  @DisplayName("W3 a header of 10 KiB changes nothing, where the server lets it in")
  void header_tenKibibytes_requestSucceeds(String name) throws IOException {
    for (String digit : new String[] {"1", "x"}) {
      Answer answer = Wire.get(service.port, "/ok", name + ": " + digit.repeat(10 << 10));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("ok");
    }
  }

  @Test
  @DisplayName("W2 time counts from the filter, which comes first: what other filters wait counts")
  void otherFilter_waits_504() throws IOException {
    Answer answer =
        Wire.get(service.port, "/ok", Service.SLOW_FILTER + ": 1", "X-Request-Timeout-Ms: 50");
    assertThat(answer.status()).isEqualTo(504);
  }

  @Test
  @DisplayName("W4 a request whose body does not come is answered at its deadline")
  void requestBody_neverComes_504() throws IOException {
    service.on(
        "reads",
        request ->
            request.bodyToMono(String.class).flatMap(text -> ServerResponse.ok().bodyValue(text)));
    try (Wire wire = Wire.open(service.port)) {
      wire.send("POST", "/on/reads", "Content-Length: 100", "X-Request-Timeout-Ms: 50");
      Answer answer = wire.write("only this").read();
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.complete()).isTrue();
    }
  }

  @Test
  @DisplayName("W4 what the handler has set is not in the 504")
  void handlersHeaders_deadline_cleared() throws IOException {
    service.on("headers", request -> {
      var response = request.exchange().getResponse();
      response.setStatusCode(HttpStatus.CREATED);
      response.getHeaders().setContentLength(7);
      response.getHeaders().setETag("\"v1\"");
      response.getHeaders().set("X-Handler", "was here");
      response.addCookie(ResponseCookie.from("session", "secret").build());
      return Mono.never();
    });
    Answer answer = Wire.get(service.port, "/on/headers", "X-Request-Timeout-Ms: 50");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.complete()).isTrue();
    assertThat(answer.headers()).containsOnlyKeys("content-type", "content-length");
  }

  @Test
  @DisplayName("W4 the deadline after commit aborts the response, with one line at DEBUG")
  void committedResponse_deadline_connectionEndsBeforeItsEnd() throws IOException {
    service.on(
        "partial",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(Flux.just("one", "two")
                .map(text ->
                    Mono.just(message.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8))))
                .concatWith(Flux.never()))));
    Await.longEnough(200, millis -> {
      service.logs.clear();
      try (Wire wire = Wire.open(service.port).send("GET", "/on/partial", budget(millis))) {
        Answer answer = wire.read();
        if (!answer.body().equals("onetwo")) {
          return false;
        }
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.complete()).isFalse();
        assertThat(wire.isEnded()).isTrue();
        return true;
      }
    });
    service.awaitNothingLeft();
    assertThat(service.logs.ours())
        .hasSize(1)
        .allMatch(line -> line.startsWith("DEBUG") && line.contains("deadline"));
  }

  @Test
  @DisplayName(
      "W4 to a client of HTTP/1.0, whose body ends with the connection, the abort is a reset")
  void http10_abortAfterCommit_reset() throws IOException {
    service.on(
        "partial10",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(Flux.just("one")
                .map(text -> Mono.just(message.bufferFactory().wrap(new byte[] {'a'})))
                .concatWith(Flux.never()))));
    Await.longEnough(200, millis -> {
      try (Wire wire = Wire.open(service.port)
          .write("GET /on/partial10 HTTP/1.0\r\n" + budget(millis) + "\r\n\r\n")) {
        var in = wire.socket.getInputStream();
        var head = new String(in.readNBytes(12), StandardCharsets.ISO_8859_1);
        if (head.endsWith(" 504")) {
          return false;
        }
        assertThat(head).endsWith(" 200");
        assertThatThrownBy(in::readAllBytes) // until the end, which is no end
            .isInstanceOf(SocketException.class);
        return true;
      }
    });
  }

  @Test
  @DisplayName(
      "W4 a body that fails with a context's exception, on any thread, is no truncated success")
  void bodyFails_ctxExceptionAfterCommit_aborted() throws IOException {
    service.on(
        "own",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeWith(Flux.just("one")
                .map(text -> message.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8)))
                .concatWith(Mono.delay(Duration.ofMillis(50))
                    .then(Mono.error(() -> new IllegalStateException(spent().err())))))));
    for (int i = 0; i < 20; i++) {
      Answer answer = Wire.get(service.port, "/on/own");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.complete()).isFalse();
    }
  }

  @Test
  @DisplayName("W4 an exception of a context, also wrapped, is 504 or 503")
  void handlerFails_ctxExceptionInCauseChain_status() throws IOException {
    service.on(
        "wrapped",
        request ->
            Mono.error(new IllegalStateException(new RuntimeException(spent().err()))));
    service.on("canceled", request -> {
      CancelCtx own = Ctx.background().withCancel();
      own.cancel();
      return Mono.error(new IllegalStateException(own.err()));
    });
    assertThat(Wire.get(service.port, "/on/wrapped").status()).isEqualTo(504);
    assertThat(Wire.get(service.port, "/on/canceled").status()).isEqualTo(503);
  }

  @Test
  @DisplayName("W4 also where WebClient has wrapped it, as it does when a body fails")
  void handlerFails_wrappedByWebClient_status() throws IOException {
    service.on(
        "drips",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(
                Flux.just(Mono.just(message.bufferFactory().wrap(new byte[] {'a'})))
                    .concatWith(Flux.never()))));
    WebClient self = service
        .bean(WebClient.Builder.class)
        .baseUrl("http://127.0.0.1:" + service.port)
        .build();
    AtomicReference<@Nullable Throwable> seen = new AtomicReference<>();
    service.on("calls", request -> {
      VirtualTimeScheduler time = VirtualTimeScheduler.create();
      CancelCtx child = Ctx.root(CtxOps.timeSource(time)).withTimeout(Duration.ofSeconds(1));
      Runnable ends = request.queryParam("late").isPresent()
          ? () -> time.advanceTimeBy(Duration.ofSeconds(2))
          : child::cancel;
      return self.mutate()
          .filter((call, next) -> next.exchange(call)
              .map(response -> response
                  .mutate()
                  .body(body -> body.doOnNext(part -> ends.run()))
                  .build()))
          .build()
          .get()
          .uri("/on/drips")
          .retrieve()
          .bodyToMono(String.class)
          .contextWrite(CtxOps.put(child))
          .doOnError(seen::set)
          .then(ServerResponse.ok().build());
    });
    assertThat(Wire.get(service.port, "/on/calls?late").status()).isEqualTo(504);
    assertThat(seen.get()).isInstanceOf(WebClientResponseException.class);
    assertThat(Wire.get(service.port, "/on/calls").status()).isEqualTo(503);
    assertThat(seen.get()).isInstanceOf(WebClientResponseException.class);
  }

  private static Ctx spent() {
    return Ctx.background().withTimeout(Duration.ZERO);
  }

  @Test
  @Tag("slow")
  @DisplayName("W7 a handler that goes on when it has answered ends soon after its deadline")
  void handler_answersAndNeverEnds_nothingLeft() throws IOException {
    service.on(
        "goes-on",
        request -> request
            .exchange()
            .getResponse()
            .writeWith(Mono.fromSupplier(() -> request
                .exchange()
                .getResponse()
                .bufferFactory()
                .wrap("all".getBytes(StandardCharsets.UTF_8))))
            .then(Mono.never()));
    Await.longEnough(300, millis -> {
      try (Wire wire = Wire.open(service.port).send("GET", "/on/goes-on", budget(millis))) {
        Answer answer = wire.read();
        service.awaitNothingLeft();
        if (answer.status() == 504) {
          return false;
        }
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).startsWith("all");
        return true;
      }
    });
  }

  @Test
  @DisplayName("W7 after success the context is closed")
  void success_context_closed() throws IOException {
    AtomicReference<@Nullable Ctx> seen = new AtomicReference<>();
    service.on("closed", request -> {
      seen.set(CtxWeb.ctx(request));
      return ServerResponse.ok().bodyValue("x");
    });
    assertThat(Wire.get(service.port, "/on/closed").body()).isEqualTo("x");
    Ctx ctx = Objects.requireNonNull(seen.get());
    Await.until(ctx::isDone, () -> "live");
    assertThat(ctx.err()).hasMessageStartingWith("context closed");
  }
}

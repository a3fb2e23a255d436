package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What makes an event stream: the application, and nobody else. */
class DeclaredStreamTest {
  private static final String SSE = "Accept: text/event-stream";
  private static final Duration PAST_THE_DEFAULT = Duration.ofMillis(2_500);

  /** A thread for each client at once. */
  private static final Executor CLIENTS = task -> new Thread(task).start();

  private static Service service;

  /** What handlers saw when they were called, by the name of their endpoint. */
  private static final Map<String, Ctx> SEEN = new ConcurrentHashMap<>();

  record Row(int n) {}

  @RestController
  static class Endpoints {
    private static Flux<Row> rows() {
      return Flux.interval(Duration.ofMillis(20)).onBackpressureDrop().map(n -> new Row(1));
    }

    private static <T> Flux<T> bound(String name, Ctx ctx, Flux<T> flux) {
      SEEN.put(name, ctx);
      return flux.transform(CtxOps.bind(ctx));
    }

    @GetMapping("/undeclared/rows")
    Flux<Row> undeclared() {
      return rows();
    }

    @GetMapping("/undeclared/entity")
    Mono<ResponseEntity<Flux<Row>>> undeclaredEntity() {
      return Mono.just(ResponseEntity.ok(rows()));
    }

    @GetMapping(path = "/declared/produces", produces = "text/event-stream")
    Flux<Row> produces(Ctx ctx) {
      return bound("produces", ctx, rows());
    }

    @PostMapping(path = "/declared/chat", produces = "application/x-ndjson")
    Flux<Row> chat(Ctx ctx) {
      return bound("chat", ctx, rows());
    }

    @GetMapping("/declared/events")
    Flux<ServerSentEvent<Row>> events(Ctx ctx) {
      return bound("events", ctx, rows())
          .map(row -> ServerSentEvent.builder(row).build());
    }

    @GetMapping("/declared/entity")
    ResponseEntity<Flux<Row>> entity() {
      return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(rows());
    }

    @GetMapping("/declared/mono-entity")
    Mono<ResponseEntity<Flux<Row>>> monoEntity() {
      return Mono.fromSupplier(this::entity);
    }

    @GetMapping("/declared/future-entity")
    CompletableFuture<ResponseEntity<Flux<Row>>> futureEntity() {
      return CompletableFuture.completedFuture(entity());
    }

    @GetMapping(path = "/declared/current", produces = "text/event-stream")
    Mono<ResponseEntity<Flux<Row>>> current(Ctx ctx, ServerWebExchange exchange) {
      return CtxOps.current()
          .map(current -> current == ctx && CtxWeb.ctx(exchange) == ctx)
          .map(same -> ResponseEntity.ok()
              .header("X-Same", same.toString())
              .body(bound("current", ctx, rows())));
    }

    @GetMapping(
        path = "/declared/either",
        produces = {"application/json", "text/event-stream"})
    Flux<Row> either(Ctx ctx) {
      return bound("either", ctx, rows());
    }

    @GetMapping(path = "/declared/silent", produces = "text/event-stream")
    Flux<Row> silent() {
      return Flux.never();
    }

    @GetMapping(path = "/declared/fails", produces = "text/event-stream")
    Flux<Row> fails() {
      return Flux.error(new IllegalStateException("no"));
    }

    /** As a proxy writes what another service sends. */
    @GetMapping("/proxied/{type}")
    Mono<Void> proxied(ServerWebExchange exchange) {
      var response = exchange.getResponse();
      response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
      Flux<DataBuffer> body = rows()
          .map(row -> response.bufferFactory().wrap("data:1\n\n".getBytes(StandardCharsets.UTF_8)));
      return response.writeAndFlushWith(body.map(Mono::just));
    }
  }

  @BeforeAll
  static void start() {
    service = Service.start(
        List.of(Endpoints.class),
        "ctx4j.web.default-timeout=2s",
        "ctx4j.web.max-timeout=20s",
        "ctx4j.web.routes[0].path=/proxied/stream",
        "ctx4j.web.routes[0].stream=true");
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

  private static Ctx seen(String name) {
    return Objects.requireNonNull(SEEN.get(name));
  }

  private static void goesOn(Wire wire) throws IOException {
    assertThat(wire.line()).contains("200");
    long start = System.nanoTime();
    while (System.nanoTime() - start < PAST_THE_DEFAULT.toNanos()) {
      assertThat(wire.line()).isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/undeclared/rows, text/event-stream",
    "/undeclared/rows, application/x-ndjson",
    "/undeclared/entity, text/event-stream",
    "/undeclared/rows, 'text/event-stream;q=0.1, application/jsonl'",
    "/proxied/any, text/event-stream",
  })
  @DisplayName(
      "W2 what a client accepts makes no event stream: it is cut at the default, and sees that")
  void undeclared_acceptedAsEvents_aborted(String path, String accept) throws IOException {
    Answer answer = Wire.get(service.port, path, "Accept: " + accept);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.complete()).isFalse();
    assertThat(answer.body()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"produces", "events", "entity", "mono-entity", "future-entity", "current"})
  @DisplayName("W2 what the application declares outlives the default, whatever the client accepts")
  void declared_anyAccept_goesOn(String name) {
    Stream<String> accepts = name.equals("events") // one without is enough
        ? Stream.of("X-None: 1", SSE)
        : Stream.of("X-None: 1", "Accept: */*", SSE);
    CompletableFuture.allOf(accepts
            .map(accept -> CompletableFuture.runAsync(() -> goesOn(name, accept), CLIENTS))
            .toArray(CompletableFuture[]::new))
        .join();
  }

  private static void goesOn(String name, String accept) {
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/" + name, accept)) {
      goesOn(wire);
      Ctx seen = SEEN.get(name);
      assertThat(seen == null || seen.deadline() == null).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @DisplayName("W2 a POST that produces one and binds its Ctx outlives the default")
  void declared_post_goesOn() throws IOException {
    try (Wire wire = Wire.open(service.port).send("POST", "/declared/chat", "Content-Length: 0")) {
      goesOn(wire);
    }
  }

  @Test
  @DisplayName("W1 W2 a handler method that declares one has the same Ctx in all places")
  void declared_handler_sameEverywhere() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/current", SSE)) {
      assertThat(wire.line()).contains("200");
      assertThat(wire.line()).isIn("X-Same: true", "transfer-encoding: chunked");
    }
    assertThat(Wire.get(service.port, "/declared/current", "X-Request-Timeout-Ms: 1500")
            .header("X-Same"))
        .isEqualTo("true");
  }

  @Test
  @DisplayName("W2 beside other types one is declared where the response has that type")
  void either_byNegotiation_asItIs() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/either", SSE)) {
      goesOn(wire);
      assertThat(seen("either").deadline()).isNull();
    }
    service.awaitNothingLeft();
    Answer json = Wire.get(service.port, "/declared/either", "Accept: */*");
    assertThat(json.header("content-type")).startsWith("application/json");
    assertThat(json.status() == 504 || !json.complete()).isTrue();
    assertThat(seen("either").deadline()).isNotNull();
  }

  @Test
  @DisplayName("W2 a route declares the event streams of whoever produces them")
  void routeStream_proxied_goesOn() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/proxied/stream")) {
      goesOn(wire);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-None: 1", SSE, "X-Request-Timeout-Ms: 15000"})
  @DisplayName(
      "W2 until its first element a declared stream has the default, whatever a header asks for")
  void declared_silent_504AtTheDefault(String header) throws IOException {
    long start = System.nanoTime();
    assertThat(Wire.get(service.port, "/declared/silent", header).status()).isEqualTo(504);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(14));
  }

  @Test
  @DisplayName("W2 a header ends a declared stream, cleanly")
  void declared_header_endsCleanly() throws IOException {
    Answer answer = Wire.get(service.port, "/declared/produces", "X-Request-Timeout-Ms: 1500");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.complete()).isTrue();
    assertThat(seen("produces").isDone()).isTrue();
  }

  @Test
  @DisplayName("W2 an error of a handler that declares one is answered as any")
  void declared_fails_500() throws IOException {
    assertThat(Wire.get(service.port, "/declared/fails", SSE).status()).isEqualTo(500);
  }

  @Test
  @DisplayName("W2 where there is no maximum a header only shortens: a route's second stays one")
  void noMaximum_longHeader_routesTimeout() throws IOException {
    try (Service other = Service.start(
        List.of(Endpoints.class),
        "ctx4j.web.stream-timeout=2500ms",
        "ctx4j.web.routes[0].path=/declared/produces",
        "ctx4j.web.routes[0].timeout=2s")) {
      String header = "X-Request-Timeout-Ms: 600000";
      assertThat(Wire.get(other.port, "/declared/produces", header).complete()).isTrue();
      assertThat(Wire.get(other.port, "/declared/events", header).complete()).isTrue();
      assertThat(Wire.get(other.port, "/declared/events").complete()).isTrue();
    }
  }

  @Test
  @DisplayName("W2 a maximum alone caps no declared stream, but all else")
  void maximumAlone_declared_goesOn() throws IOException {
    try (Service other = Service.start(List.of(Endpoints.class), "ctx4j.web.max-timeout=2s")) {
      try (Wire wire = Wire.open(other.port).send("GET", "/declared/produces")) {
        goesOn(wire);
      }
      assertThat(Wire.get(other.port, "/undeclared/rows", SSE).complete()).isFalse();
      other.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("W9 observing, a declared stream has no deadline either")
  void observe_declared_goesOn() throws IOException {
    try (Service other = Service.start(
        List.of(Endpoints.class),
        "ctx4j.web.mode=observe",
        "ctx4j.web.default-timeout=1s",
        "ctx4j.web.stream-timeout=1s")) {
      try (Wire wire =
          Wire.open(other.port).send("GET", "/declared/produces", "X-Request-Timeout-Ms: 1000")) {
        goesOn(wire);
      }
      other.awaitNothingLeft();
    }
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ReactiveTypeDescriptor;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What makes an event stream: the application, and nobody else. On a clock that stands still, so
 * nothing is waited out.
 */
class DeclaredStreamTest {
  private static final String SSE = "Accept: text/event-stream";
  private static final Duration PAST_THE_DEFAULT = Duration.ofSeconds(61);
  private static final Pattern ROW = Pattern.compile("\"n\":([0-9]+)");

  private static final String[] PROXIED = {
    "ctx4j.web.routes[0].path=/proxied/stream/**", "ctx4j.web.routes[0].stream=true"
  };

  private static Service service;

  /** How many rows have been made, for all streams. */
  private static final AtomicLong ROWS = new AtomicLong();

  /** Completed when the endpoint that says nothing has been asked. */
  private static volatile CompletableFuture<Void> silent = new CompletableFuture<>();

  /** What handlers saw when they were called, by the name of their endpoint. */
  private static final Map<String, Ctx> SEEN = new ConcurrentHashMap<>();

  record Row(long n) {}

  /** A reactive type that is not Reactor's and hands its Context on, as Kotlin's Flow. */
  record Rows<T>(Flux<T> flux) {}

  @RestController
  static class Endpoints {
    private static Flux<Row> rows() {
      return Flux.interval(Duration.ofMillis(10))
          .onBackpressureDrop()
          .map(tick -> new Row(ROWS.incrementAndGet()));
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

    @GetMapping(path = "/declared/advised", produces = "text/event-stream")
    Flux<Row> advised(Ctx ctx) {
      SEEN.put("advised", ctx);
      return Flux.error(new UnsupportedOperationException("for the advice"));
    }

    @ExceptionHandler(UnsupportedOperationException.class)
    Mono<String> advice(Ctx ctx) {
      SEEN.put("advice", ctx);
      return CtxOps.current()
          .doOnNext(current -> SEEN.put("advice's Context", current))
          .thenReturn("advice");
    }

    @GetMapping("/declared/object")
    Object object() {
      return entity();
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

    @GetMapping(path = "/declared/rows", produces = "text/event-stream")
    Rows<Row> othersRows() {
      return new Rows<>(Flux.deferContextual(view -> bound("rows", CtxOps.get(view), rows())));
    }

    @GetMapping(
        path = "/declared/either",
        produces = {"application/json", "text/event-stream"})
    Flux<Row> either(Ctx ctx) {
      return bound("either", ctx, rows());
    }

    private static <T> Flux<T> nothing() {
      return Flux.<T>never().doOnSubscribe(begun -> silent.complete(null));
    }

    @GetMapping(path = "/declared/silent", produces = "text/event-stream")
    Flux<Row> silent() {
      return nothing();
    }

    @GetMapping("/declared/silent-entity")
    ResponseEntity<Flux<Row>> silentEntity() {
      return ResponseEntity.ok().contentType(MediaType.APPLICATION_NDJSON).body(nothing());
    }

    /** By its route, as a proxy. */
    @GetMapping("/proxied/stream/silent")
    Mono<Void> proxiedSilent(ServerWebExchange exchange) {
      var response = exchange.getResponse();
      response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
      return response.writeAndFlushWith(nothing());
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
          .map(row -> "data:{\"n\":" + row.n() + "}\n\n")
          .map(text -> response.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8)));
      return response.writeAndFlushWith(body.map(Mono::just));
    }
  }

  @BeforeAll
  static void start() {
    ReactiveAdapterRegistry.getSharedInstance()
        .registerReactiveType(
            ReactiveTypeDescriptor.multiValue(Rows.class, () -> new Rows<>(Flux.empty())),
            rows -> ((Rows<?>) rows).flux(),
            publisher -> new Rows<>(Flux.from(publisher)));
    service = Service.start(
        List.of(Endpoints.class),
        Service.MANUAL_TIME,
        "ctx4j.web.default-timeout=60s",
        "ctx4j.web.max-timeout=600s",
        PROXIED[0],
        PROXIED[1]);
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

  /** Lets the default pass, and reads until a row that was made after that. */
  private static void goesOn(Service service, Wire wire) throws IOException {
    assertThat(wire.line()).contains("200");
    service.advance(PAST_THE_DEFAULT);
    long before = ROWS.get();
    for (long row = 0; row <= before; ) {
      Matcher found = ROW.matcher(Objects.requireNonNull(wire.line(), "it ends"));
      row = found.find() ? Long.parseLong(found.group(1)) : 0;
    }
  }

  /** What a client sees whose response has begun when that long passes. */
  private static Answer after(
      Duration time, Service service, String method, String path, String... headers)
      throws IOException {
    try (Wire wire = Wire.open(service.port).send(method, path, headers).awaitAnswer()) {
      service.advance(time);
      return wire.read();
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
    Answer answer = after(PAST_THE_DEFAULT, service, "GET", path, "Accept: " + accept);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.complete()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "produces",
        "events",
        "entity",
        "object",
        "mono-entity",
        "future-entity",
        "current",
        "rows"
      })
  @DisplayName("W2 what the application declares outlives the default, whatever the client accepts")
  void declared_anyAccept_goesOn(String name) throws IOException {
    List<String> accepts = name.equals("events") // one without is enough
        ? List.of("X-None: 1", SSE)
        : List.of("X-None: 1", "Accept: */*", SSE);
    for (String accept : accepts) {
      try (Wire wire = Wire.open(service.port).send("GET", "/declared/" + name, accept)) {
        goesOn(service, wire);
        Ctx seen = SEEN.get(name);
        assertThat(seen == null || seen.deadline() == null).isTrue();
      }
      service.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("W2 a POST that produces one and binds its Ctx outlives the default")
  void declared_post_goesOn() throws IOException {
    try (Wire wire = Wire.open(service.port).send("POST", "/declared/chat", "Content-Length: 0")) {
      goesOn(service, wire);
    }
  }

  @Test
  @DisplayName("W1 W2 a handler method that declares one has the same Ctx in all places")
  void declared_handler_sameEverywhere() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/current", SSE)) {
      assertThat(wire.line()).contains("200");
      assertThat(wire.line()).isIn("X-Same: true", "transfer-encoding: chunked");
    }
    String header = "X-Request-Timeout-Ms: 90000";
    assertThat(after(Duration.ofSeconds(90), service, "GET", "/declared/current", header)
            .header("X-Same"))
        .isEqualTo("true");
  }

  @Test
  @DisplayName("W1 the advice of a handler method whose event stream has failed has its Ctx, too")
  void declared_adviceOfFailed_sameCtx() throws IOException {
    assertThat(Wire.get(service.port, "/declared/advised").body()).isEqualTo("advice");
    assertThat(SEEN.get("advice")).isNotNull().isSameAs(SEEN.get("advised"));
    assertThat(SEEN.get("advice's Context")).isSameAs(SEEN.get("advised"));
  }

  @Test
  @DisplayName("W2 beside other types one is declared where the response has that type")
  void either_byNegotiation_asItIs() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/either", SSE)) {
      goesOn(service, wire);
      assertThat(seen("either").deadline()).isNull();
    }
    service.awaitNothingLeft();
    SEEN.clear();
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/either", "Accept: */*")) {
      Await.until(() -> SEEN.containsKey("either"), () -> "not called");
      service.advance(PAST_THE_DEFAULT);
      Answer json = wire.read();
      assertThat(json.header("content-type")).containsPattern("^application/(problem\\+)?json");
      assertThat(json.status() == 504 || !json.complete()).isTrue();
    }
    assertThat(seen("either").deadline()).isNotNull();
  }

  @Test
  @DisplayName("W2 a route declares the event streams of whoever produces them")
  void routeStream_proxied_goesOn() throws IOException {
    try (Wire wire = Wire.open(service.port).send("GET", "/proxied/stream")) {
      goesOn(service, wire);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-None: 1", SSE, "X-Request-Timeout-Ms: 500000"})
  @DisplayName(
      "W2 until its first element a declared stream has the default, whatever a header asks for")
  void declared_silent_504AtTheDefault(String header) throws IOException {
    silent = new CompletableFuture<>();
    try (Wire wire = Wire.open(service.port).send("GET", "/declared/silent", header)) {
      assertThat(silent).succeedsWithin(60, TimeUnit.SECONDS);
      service.advance(Duration.ofSeconds(60));
      assertThat(wire.read().status()).isEqualTo(504);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/declared/silent",
        "/declared/silent-entity",
        "/proxied/stream/silent",
        "/on/silent",
        "/on/silent-buffers"
      })
  @DisplayName(
      "W7 a declared stream that says nothing holds up no shutdown, be it there or yet to come: 503")
  void declared_silentAtShutdown_503(String path) throws IOException {
    try (Service own = Service.start(List.of(Endpoints.class), PROXIED)) {
      own.on(
          "silent",
          request -> ServerResponse.ok()
              .contentType(MediaType.TEXT_EVENT_STREAM)
              .body(Endpoints.<Row>nothing(), Row.class));
      own.on(
          "silent-buffers",
          request -> ServerResponse.ok()
              .contentType(MediaType.TEXT_EVENT_STREAM)
              .body((message, context) -> message.writeWith(Endpoints.nothing())));
      silent = new CompletableFuture<>();
      try (Wire wire = Wire.open(own.port).send("GET", path)) {
        assertThat(silent).succeedsWithin(60, TimeUnit.SECONDS);
        own.live().endStreams(new ShutdownException());
        Answer answer = wire.read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("The service is shutting down.");
        assertThat(wire.send("GET", path).read().status()).isEqualTo(503);
      }
      assertThat(Wire.get(own.port, "/ok").body()).isEqualTo("ok");
      own.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("W2 what produces one sees its Ctx, however it is written")
  void functional_writtenAsBuffers_seesTheStreams() throws IOException {
    AtomicReference<Ctx> seen = new AtomicReference<>();
    service.on(
        "buffers",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body((message, context) -> message.writeWith(Flux.deferContextual(view -> {
              seen.set(CtxOps.get(view));
              return Flux.just(
                  message.bufferFactory().wrap("data:1\n\n".getBytes(StandardCharsets.UTF_8)));
            }))));
    assertThat(Wire.get(service.port, "/on/buffers").body()).contains("data:1");
    assertThat(Objects.requireNonNull(seen.get()).deadline()).isNull();
  }

  @Test
  @DisplayName("W2 a header ends a declared stream, cleanly")
  void declared_header_endsCleanly() throws IOException {
    String header = "X-Request-Timeout-Ms: 90000";
    Answer answer = after(Duration.ofSeconds(90), service, "GET", "/declared/produces", header);
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
        Service.MANUAL_TIME,
        "ctx4j.web.stream-timeout=90s",
        "ctx4j.web.routes[0].path=/declared/produces",
        "ctx4j.web.routes[0].timeout=60s")) {
      String header = "X-Request-Timeout-Ms: 600000";
      Duration routes = Duration.ofSeconds(60);
      Duration streams = Duration.ofSeconds(90);
      assertThat(after(routes, other, "GET", "/declared/produces", header).complete())
          .isTrue();
      assertThat(after(streams, other, "GET", "/declared/events", header).complete())
          .isTrue();
      assertThat(after(streams, other, "GET", "/declared/events").complete()).isTrue();
    }
  }

  @Test
  @DisplayName("W2 a maximum alone caps no declared stream, but all else")
  void maximumAlone_declared_goesOn() throws IOException {
    try (Service other =
        Service.start(List.of(Endpoints.class), Service.MANUAL_TIME, "ctx4j.web.max-timeout=60s")) {
      try (Wire wire = Wire.open(other.port).send("GET", "/declared/produces")) {
        goesOn(other, wire);
      }
      assertThat(after(PAST_THE_DEFAULT, other, "GET", "/undeclared/rows", SSE).complete())
          .isFalse();
      other.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("W9 observing, a declared stream has no deadline either")
  void observe_declared_goesOn() throws IOException {
    try (Service other = Service.start(
        List.of(Endpoints.class),
        Service.MANUAL_TIME,
        "ctx4j.web.mode=observe",
        "ctx4j.web.default-timeout=60s",
        "ctx4j.web.stream-timeout=60s")) {
      try (Wire wire =
          Wire.open(other.port).send("GET", "/declared/produces", "X-Request-Timeout-Ms: 60000")) {
        goesOn(other, wire);
      }
      other.awaitNothingLeft();
    }
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Wire;
import io.ctx4j.webflux.spi.Outcome;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientException;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Everything at once, and then nothing left. */
@Tag("race")
class SoakTest {
  private static final int REQUESTS = Integer.getInteger("soak.requests", 1_000);
  private static final int CLIENTS = 16;
  private Level before = Level.SIMPLE;

  @BeforeEach
  void paranoid() {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(Level.PARANOID);
  }

  @AfterEach
  void asBefore() {
    ResourceLeakDetector.setLevel(before);
  }

  /**
   * What is lost and said where clients leave, with this library or without: buffers that
   * reactor-netty's server was given and its client had received as their channel was closed, or
   * that Spring's writer of events had encoded, and a client's warning about a connection that it
   * has closed itself.
   */
  private static final List<String> OTHERS = List.of(
      Touched.AT_THE_SERVER,
      "HttpClientCodec",
      "ServerSentEventHttpMessageWriter",
      "HttpClientConnect");

  /** Deadlines for what is soaked, and none for what is asked besides, nor for an upgrade. */
  static Service start(List<Class<?>> beans, String... more) {
    List<String> properties = new ArrayList<>(List.of(
        "test.touch=true",
        "ctx4j.web.default-timeout=1s",
        "ctx4j.web.routes[0].path=/ok",
        "ctx4j.web.routes[0].timeout=none",
        "ctx4j.web.routes[1].path=/socket",
        "ctx4j.web.routes[1].timeout=none"));
    properties.addAll(List.of(more));
    return Service.start(beans, properties.toArray(String[]::new));
  }

  /** What a client does, once. */
  interface Client {
    void call(Random random) throws Exception;
  }

  /**
   * All requests of all clients; returns when nothing is left of them, and what leaked of theirs
   * has been found.
   */
  static void soak(Service service, Client each) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        var random = new Random(client);
        done.add(clients.submit(() -> {
          for (int i = 0; i < REQUESTS / CLIENTS; i++) {
            each.call(random);
          }
          return null;
        }));
      }
      for (Future<?> client : done) {
        client.get();
      }
    } finally {
      clients.shutdownNow();
    }
    service.awaitNothingLeft();
    // leaks are found when what leaked is collected and another buffer is made
    for (int i = 0; i < 3; i++) {
      System.gc();
      assertThat(Wire.get(service.port, "/ok").body()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(1800)
  @DisplayName(
      "W7 thousands of requests with random deadlines, clients that leave: nothing is left or logged")
  void soak_randomDeadlinesAndDisconnects_nothingLeft(boolean clientsLeave) throws Exception {
    try (Service service =
        start(List.of(), "ctx4j.web.enabled=" + !Boolean.getBoolean("soak.control"))) {
      handlers(service);
      soak(service, random -> request(service.port, random, clientsLeave));
      Counts counts = service.bean(Counts.class);
      var outcomes = new EnumMap<Outcome, Integer>(Outcome.class);
      for (Outcome outcome : Outcome.values()) {
        outcomes.put(outcome, counts.of(outcome));
      }
      System.out.println("soak: " + outcomes);
      assertThat(service.logs.noise()).noneMatch(Touched::isLostByUs);
      assertThat(service.logs.noise())
          .filteredOn(line -> !clientsLeave || OTHERS.stream().noneMatch(line::contains))
          .isEmpty();
      assertThat(counts.of(Outcome.DEADLINE_EXCEEDED)).isPositive();
      assertThat(counts.of(Outcome.CLIENT_GONE) > 0).isEqualTo(clientsLeave);
      assertThat(counts.of(Outcome.COMPLETED)).isPositive();
      assertThat(counts.of(Outcome.ERROR)).isZero();
    }
  }

  @Test
  @Timeout(1800)
  @DisplayName(
      "W7 the same with fatal errors, uploads, read and unread, and WebSockets: nothing is left")
  void soak_fatalErrorsUploadsAndSockets_nothingLeft() throws Exception {
    try (Service service = start(List.of())) {
      service
          .on("fatal", request -> {
            if (request.queryParam("call").isPresent()) {
              throw new NoClassDefFoundError("on purpose");
            }
            return Mono.defer(() -> {
              throw new StackOverflowError("on purpose");
            });
          })
          .on(
              "upload",
              request -> request
                  .bodyToMono(String.class)
                  .flatMap(text -> ServerResponse.ok().bodyValue(text.length())))
          .on(
              "unread",
              request -> Mono.delay(delay("5")).then(ServerResponse.ok().build()));
      handlers(service);
      soak(service, random -> {
        switch (random.nextInt(4)) {
          case 0 -> request(service.port, random, true);
          case 1 -> socket(service.port, random);
          default -> fatalOrUpload(service.port, random);
        }
      });
      assertThat(service.logs.noise()).noneMatch(Touched::isLostByUs);
      Counts counts = service.bean(Counts.class);
      assertThat(counts.of(Outcome.ERROR)).isPositive();
      assertThat(counts.of(Outcome.COMPLETED)).isPositive();
      assertThat(counts.of(Outcome.DEADLINE_EXCEEDED)).isPositive();
    }
  }

  @Test
  @Timeout(1800)
  @DisplayName(
      "W7 W9 the same with WebSockets, closed by each side or left, and at last by a shutdown: nothing is left or logged")
  void soak_sockets_nothingLeft() throws Exception {
    try (Service service = start(List.of())) {
      handlers(service);
      soak(service, random -> {
        if (random.nextInt(3) == 0) {
          request(service.port, random, true);
        } else {
          socket(service.port, random);
        }
      });
      List<SocketClient> open = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        open.add(SocketClient.open(service.port, "/socket"));
      }
      service.live().endStreams(new ShutdownException());
      for (SocketClient each : open) {
        assertThat(each.awaitClosed()).isEqualTo(1001);
      }
      service.awaitNothingLeft();
      assertThat(service.logs.noise()).noneMatch(Touched::isLostByUs);
      assertThat(service.logs.noise())
          .filteredOn(line -> OTHERS.stream().noneMatch(line::contains))
          .isEmpty();
    }
  }

  private static void socket(int port, Random random) throws Exception {
    if (random.nextInt(4) == 0) { // leaves as it is upgraded
      try (Wire wire = Wire.open(port)
          .send(
              "GET",
              "/socket",
              "Connection: Upgrade",
              "Upgrade: websocket",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")) {
        if (random.nextBoolean()) {
          wire.line();
        }
        wire.reset();
      }
      return;
    }
    SocketClient socket = SocketClient.open(port, "/socket");
    for (int i = random.nextInt(4); i > 0; i--) {
      socket.say("hello " + i);
    }
    switch (random.nextInt(4)) {
      case 0 -> socket.abort();
      case 1 -> {
        socket.send("not to be heard");
        socket.abort();
      }
      case 2 -> {
        socket.close();
        socket.awaitClosed();
      }
      default -> {
        socket.send("stop");
        socket.awaitClosed();
      }
    }
  }

  private static void fatalOrUpload(int port, Random random) throws IOException {
    String budget = "X-Request-Timeout-Ms: " + (random.nextInt(3) == 0 ? 900 : random.nextInt(20));
    try (Wire wire = Wire.open(port)) {
      int length = random.nextInt(20_000);
      switch (random.nextInt(4)) {
        case 0 -> wire.send("GET", "/on/fatal?call", budget).read();
        case 1 -> wire.send("GET", "/on/fatal", budget).read();
        case 2 -> {
          wire.send("POST", "/on/upload", budget, "Content-Length: " + length);
          // some of them keep the rest to themselves
          wire.write("x".repeat(random.nextBoolean() ? length : length / 2)).read();
        }
        default -> {
          wire.send("POST", "/on/unread", budget, "Content-Length: " + length);
          wire.write("x".repeat(length)).read();
        }
      }
    } catch (SocketException e) { // the server was first to hang up
      assertThat(e).isNotNull();
    }
  }

  static void handlers(Service service) {
    WebClient self = Touched.client(service.bean(WebClient.Builder.class))
        .baseUrl("http://127.0.0.1:" + service.port)
        .build();
    byte[] part = "0123456789abcdef".repeat(64).getBytes(StandardCharsets.UTF_8);
    service
        .on(
            "one",
            request -> Mono.delay(delay(request.queryParam("d").orElse("0")))
                .flatMap(tick -> ServerResponse.ok().bodyValue("one")))
        .on(
            "parts",
            request -> ServerResponse.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body((message, context) -> message.writeWith(Flux.range(0, 50)
                    .delayElements(Duration.ofMillis(1))
                    .map(
                        i -> message.bufferFactory().allocateBuffer(part.length).write(part)))))
        .on(
            "ticks",
            request -> ServerResponse.ok()
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .body(
                    Flux.interval(Duration.ofMillis(1)).onBackpressureDrop().take(30), Long.class))
        .on(
            "calls",
            request -> self.get()
                .uri("/on/one?d=5")
                .retrieve()
                .bodyToMono(String.class)
                .flatMap(text -> ServerResponse.ok().bodyValue(text))
                // the callee's own deadline was a little earlier: it has answered 504, or hung up
                .onErrorResume(
                    e -> e instanceof WebClientException && Outcome.find(e) == null,
                    e -> ServerResponse.status(502).build()));
  }

  private static Duration delay(String millis) {
    return Duration.ofMillis(Long.parseLong(millis));
  }

  static void request(int port, Random random, boolean clientsLeave) throws IOException {
    String path = switch (random.nextInt(clientsLeave ? 4 : 3)) {
      case 0 -> "/on/one?d=" + random.nextInt(20);
      case 1 -> "/on/parts";
      case 2 -> "/on/ticks";
      default -> "/on/calls";
    };
    String budget = "X-Request-Timeout-Ms: " + (random.nextInt(3) == 0 ? 900 : random.nextInt(40));
    Wire wire = Wire.open(port).send("GET", path, budget);
    switch (clientsLeave ? random.nextInt(4) : 2) {
      case 0 -> wire.reset();
      case 1 -> {
        wire.line();
        wire.reset();
      }
      default -> {
        wire.read();
        wire.close();
      }
    }
  }
}

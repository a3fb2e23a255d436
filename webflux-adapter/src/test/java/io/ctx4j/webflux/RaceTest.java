package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Handlers that answer at the very moment of their deadline. */
@Tag("race")
class RaceTest {
  private static final int CLIENTS = 8;
  private static final byte[] TEXT = "a body of the handler".getBytes(StandardCharsets.UTF_8);

  @TempDir
  static Path folder;

  private static Service service;

  /** Each way to begin a response. */
  enum Body {
    ONE(4_000, 200),
    JSON(4_000, 200),
    MANY(4_000, 200),
    GROUPS(1_000, 200),
    /** A declared stream: of events that come, none is lost. */
    EVENTS(4_000, 200),
    FILE(1_000, 200),
    EMPTY(1_000, 204),
    /** A body that is not sent. */
    HEAD(4_000, 200),
    /** In parts, and not sent. */
    HEAD_MANY(4_000, 200),
    /** With a session to be saved first. */
    SESSION(4_000, 200),
    SESSION_MANY(4_000, 200),
    SESSION_EMPTY(1_000, 204),
    /** With a session whose store does not answer, every other time. */
    STUCK_SESSION(4_000, 200),
    /** Canceled by a handler that takes its time over it. */
    SLOW_CANCEL(4_000, 200);

    final int races;
    final int status;

    Body(int races, int status) {
      this.races = races;
      this.status = status;
    }

    /** Whether there is something to abort once it has begun. */
    boolean inParts() {
      return this == MANY || this == GROUPS || this == FILE || this == SESSION_MANY;
    }

    boolean isHead() {
      return this == HEAD || this == HEAD_MANY;
    }

    String text() {
      String text = new String(TEXT, StandardCharsets.UTF_8);
      return switch (this) {
        case JSON -> "{\"body\":\"" + text + "\"}";
        case EVENTS -> "data:" + text + "\n\n";
        case EMPTY, SESSION_EMPTY, HEAD, HEAD_MANY -> "";
        default -> text;
      };
    }
  }

  @BeforeAll
  static void start() throws IOException {
    service = Service.start();
    Path file = Files.write(folder.resolve("body.txt"), TEXT);
    races(Body.ONE, request -> ServerResponse.ok().bodyValue(Body.ONE.text()));
    races(
        Body.JSON,
        request -> ServerResponse.ok()
            .contentType(MediaType.APPLICATION_JSON)
            .bodyValue(Map.of("body", Body.ONE.text())));
    races(Body.MANY, request -> many());
    races(Body.HEAD, request -> ServerResponse.ok().bodyValue(Body.ONE.text()));
    races(Body.HEAD_MANY, request -> many());
    races(
        Body.SESSION,
        request -> session(request, false).then(ServerResponse.ok().bodyValue(Body.ONE.text())));
    races(Body.SESSION_MANY, request -> session(request, false).then(many()));
    races(
        Body.SESSION_EMPTY,
        request -> session(request, false).then(ServerResponse.noContent().build()));
    races(
        Body.STUCK_SESSION,
        request -> session(request, ThreadLocalRandom.current().nextBoolean())
            .then(ServerResponse.ok().bodyValue(Body.ONE.text())));
    races(
        Body.SLOW_CANCEL,
        request -> ServerResponse.ok()
            .bodyValue(Body.ONE.text())
            .doOnCancel(() -> LockSupport.parkNanos(20_000_000)));
    races(
        Body.GROUPS,
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(Flux.range(0, TEXT.length)
                .map(i ->
                    Mono.fromSupplier(() -> message.bufferFactory().wrap(new byte[] {TEXT[i]}))))));
    races(
        Body.EVENTS,
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.just(Body.ONE.text()), String.class));
    races(Body.FILE, request -> ServerResponse.ok().bodyValue(new FileSystemResource(file)));
    races(Body.EMPTY, request -> ServerResponse.noContent().build());
  }

  private static Mono<ServerResponse> many() {
    return ServerResponse.ok()
        .contentType(MediaType.TEXT_PLAIN)
        .body((message, context) -> message.writeWith(Flux.range(0, TEXT.length)
            .map(i -> message.bufferFactory().wrap(new byte[] {TEXT[i]}))));
  }

  private static Mono<Void> session(ServerRequest request, boolean stuck) {
    return request
        .session()
        .doOnNext(session -> {
          session.start();
          if (stuck) {
            session.getAttributes().put(Sessions.HANGS, true);
          }
        })
        .then();
  }

  private static void races(Body kind, HandlerFunction<ServerResponse> handler) {
    service.on(kind.name(), request -> {
      long micros = Long.parseLong(request.queryParam("micros").orElseThrow());
      request.exchange().getResponse().getHeaders().set("X-Handler", "1");
      return Mono.delay(Duration.ofNanos(micros * 1_000), Schedulers.parallel())
          .flatMap(tick -> handler.handle(request));
    });
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(300)
  @DisplayName("W4 races of commit and deadline, 4,000 of each usual body: no response is corrupt")
  void commitAndDeadline_atOnce_noneCorrupt(Body kind) throws Exception {
    Map<String, Integer> seen = new TreeMap<>();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<List<String>>> results = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        var random = new Random(client);
        results.add(clients.submit(() -> race(kind, random)));
      }
      for (Future<List<String>> result : results) {
        result.get().forEach(what -> seen.merge(what, 1, Integer::sum));
      }
    } finally {
      clients.shutdownNow();
    }
    System.out.println("races of " + kind + ": " + seen);
    assertThat(seen.keySet())
        .allMatch(what -> what.startsWith("ok ") || (kind.inParts() && what.startsWith("aborted")))
        .contains("ok 504", "ok " + kind.status);
    service.awaitNothingLeft();
    service.logs.assertQuiet();
  }

  private static List<String> race(Body kind, Random random)
      throws IOException, ExecutionException {
    List<String> seen = new ArrayList<>();
    Wire wire = Wire.open(service.port);
    // what it takes from the filter to the commit is not known: the aim follows what is hit
    int aim = 1_500;
    int millis = 2;
    for (int i = 0; i < kind.races / CLIENTS; i++) {
      int micros = Math.max(0, aim + random.nextInt(400) - 200);
      Answer answer = wire.send(
              kind.isHead() ? "HEAD" : "GET", "/on/" + kind + "?micros=" + micros, budget(millis))
          .read();
      seen.add(judge(kind, answer));
      aim += answer.status() == 504 ? -20 : 20;
      if (aim < 0) { // all of it has passed before the handler was there
        millis *= 2;
        aim = millis * 750;
      }
      if (!answer.complete()) {
        if (!wire.isEnded()) {
          seen.add("incomplete, and the connection goes on");
        }
        wire.close();
        wire = Wire.open(service.port);
      }
    }
    wire.close();
    return seen;
  }

  private static String judge(Body kind, Answer answer) {
    if (answer.status() == kind.status && answer.header("X-Handler").equals("1")) {
      if (answer.complete()) {
        return answer.body().equals(kind.text()) ? "ok " + kind.status : "corrupt " + answer;
      }
      return kind.text().startsWith(answer.body()) ? "aborted" : "corrupt " + answer;
    }
    if (answer.status() == 504
        && answer.complete()
        && answer.headers().keySet().equals(Set.of("content-type", "content-length"))
        && (kind.isHead()
            || (answer.body().startsWith("{\"type\"") && answer.body().endsWith("}")))) {
      return "ok 504";
    }
    return answer.status() == 0 ? "aborted before its head" : "corrupt " + answer;
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.webflux.Wire.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Handlers that answer at the very moment of their deadline. */
class RaceTest {
  private static final int RACES = 4_000;
  private static final int CLIENTS = 8;
  private static final String BODY = "a body of the handler";

  /** How a handler answers. */
  enum Body {
    ONE,
    MANY,
    JSON
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("W4 4,000 races of commit and deadline: no response is corrupt")
  void commitAndDeadline_atOnce_noneCorrupt(Body kind) throws Exception {
    try (Service service = Service.start()) {
      service.on("race", request -> {
        long micros = Long.parseLong(request.queryParam("micros").orElseThrow());
        Mono<Long> delay = Mono.delay(Duration.ofNanos(micros * 1_000), Schedulers.parallel());
        request.exchange().getResponse().getHeaders().set("X-Handler", "1");
        return switch (kind) {
          case ONE -> delay.flatMap(tick -> ServerResponse.ok().bodyValue(BODY));
          case JSON ->
            delay.flatMap(tick -> ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Map.of("body", BODY)));
          case MANY ->
            delay.flatMap(tick -> ServerResponse.ok()
                .contentType(MediaType.TEXT_PLAIN)
                .body((message, context) -> message.writeWith(Flux.range(0, BODY.length())
                    .map(i -> message.bufferFactory().wrap(new byte[] {(byte) BODY.charAt(i)})))));
        };
      });
      Map<String, Integer> seen = new TreeMap<>();
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      try {
        List<Future<List<String>>> results = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
          var random = new Random(client);
          results.add(clients.submit(() -> race(service.port, kind, random)));
        }
        for (Future<List<String>> result : results) {
          result.get().forEach(what -> seen.merge(what, 1, Integer::sum));
        }
      } finally {
        clients.shutdownNow();
      }
      System.out.println("races of " + kind + ": " + seen);
      assertThat(seen.keySet())
          .allMatch(what -> what.startsWith("ok "))
          .contains("ok 200", "ok 504");
      service.awaitNothingLeft();
      assertThat(service.logs.noise()).isEmpty();
    }
  }

  private static List<String> race(int port, Body kind, Random random)
      throws IOException, ExecutionException {
    List<String> seen = new ArrayList<>();
    Wire wire = Wire.open(port);
    // what it takes from the filter to the commit is not known: the aim follows what is hit
    int aim = 1_500;
    for (int i = 0; i < RACES / CLIENTS; i++) {
      int micros = Math.max(0, aim + random.nextInt(400) - 200);
      Answer answer = wire.send("GET", "/on/race?micros=" + micros, "X-Request-Timeout-Ms: 2")
          .read();
      String what = judge(kind, answer);
      seen.add(what);
      aim += answer.status() == 200 ? 20 : -20;
      if (!answer.complete()) {
        if (!wire.isEnded()) {
          seen.add("incomplete, and the connection goes on");
        }
        wire.close();
        wire = Wire.open(port);
      }
    }
    wire.close();
    return seen;
  }

  private static String judge(Body kind, Answer answer) {
    String body = kind == Body.JSON ? "{\"body\":\"" + BODY + "\"}" : BODY;
    if (answer.status() == 200 && answer.header("X-Handler").equals("1")) {
      return answer.complete() && answer.body().equals(body)
          ? "ok 200"
          : !answer.complete() && body.startsWith(answer.body())
              ? "ok aborted"
              : "corrupt " + answer;
    }
    if (answer.status() == 504
        && answer.complete()
        && answer.headers().keySet().equals(java.util.Set.of("content-type", "content-length"))
        && answer.body().startsWith("{\"type\"")
        && answer.body().endsWith("}")) {
      return "ok 504";
    }
    return answer.status() == 0 ? "ok aborted before its head" : "corrupt " + answer;
  }
}

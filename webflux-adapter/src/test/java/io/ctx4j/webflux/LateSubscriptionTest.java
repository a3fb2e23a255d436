package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What is being subscribed to, on an event loop, as its exchange is cut: whoever does that cancels
 * it there and then, unless he is kept from it. On a clock that stands still.
 */
class LateSubscriptionTest {
  private static Service service;

  /**
   * Completed when what a handler has handed over is subscribed to, which then waits until its
   * exchange has been cut.
   */
  private static volatile CompletableFuture<Void> running = new CompletableFuture<>();

  private static volatile CountDownLatch cut = new CountDownLatch(1);

  /**
   * Where what it has handed over was canceled: whether on a thread that must not block, and that
   * thread's name.
   */
  private static volatile CompletableFuture<Map.Entry<Boolean, String>> canceled =
      new CompletableFuture<>();

  private static void awaitCut() {
    running.complete(null);
    AnswerTest.await(cut);
  }

  private static void canceled() {
    canceled.complete(
        Map.entry(Schedulers.isInNonBlockingThread(), Thread.currentThread().getName()));
  }

  private static <T> Mono<T> late() {
    return Mono.defer(() -> {
      awaitCut();
      return Mono.<T>never().doOnCancel(LateSubscriptionTest::canceled);
    });
  }

  private static <T> Flux<T> lateParts() {
    return Flux.defer(() -> {
      awaitCut();
      return Flux.<T>never().doOnCancel(LateSubscriptionTest::canceled);
    });
  }

  @RestController
  static class Endpoints {
    @GetMapping("/late/mono")
    Mono<String> mono() {
      return late();
    }

    @GetMapping("/late/flux")
    Flux<String> flux() {
      return lateParts();
    }

    @GetMapping(path = "/late/events", produces = "text/event-stream")
    Flux<String> events() {
      return lateParts();
    }

    @GetMapping("/late/entity")
    Mono<ResponseEntity<String>> entity() {
      return late();
    }

    @GetMapping("/late/entity-of-mono")
    ResponseEntity<Mono<String>> entityOfMono() {
      return ResponseEntity.ok(late());
    }

    @GetMapping("/late/mono-of-entity-of-mono")
    Mono<ResponseEntity<Mono<String>>> monoOfEntityOfMono() {
      return Mono.just(entityOfMono());
    }

    @GetMapping("/late/advice")
    Mono<String> fails() {
      return Mono.error(new IllegalStateException("for the advice"));
    }

    @GetMapping("/late/advice-of-thrown")
    Mono<String> throwing() {
      throw new IllegalArgumentException("for the advice");
    }

    @ExceptionHandler(IllegalStateException.class)
    Mono<String> advice() {
      return late();
    }

    @ExceptionHandler(IllegalArgumentException.class)
    ResponseEntity<Mono<String>> adviceOfEntity() {
      return ResponseEntity.ok(late());
    }

    @GetMapping("/late/nothing")
    Mono<Void> nothing() {
      return late();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Others {
    @Bean
    WebFilter lateFilter() {
      return (exchange, chain) -> exchange.getRequest().getPath().value().equals("/late/filter")
          ? late()
          : chain.filter(exchange);
    }

    @Bean
    SimpleUrlHandlerMapping lateHandler() {
      WebHandler handler = exchange -> late();
      return new SimpleUrlHandlerMapping(Map.of("/late/handler", handler), -1);
    }
  }

  @BeforeAll
  static void start() {
    service = Service.start(
            List.of(Endpoints.class, Others.class),
            Service.MANUAL_TIME,
            "ctx4j.web.default-timeout=60s")
        .on("late", request -> late())
        .on("late-body", request -> ServerResponse.ok().body(late(), String.class))
        .on(
            "late-parts",
            request -> ServerResponse.ok()
                .contentType(MediaType.APPLICATION_NDJSON)
                .body(lateParts(), String.class));
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/late/mono",
        "/late/flux",
        "/late/events",
        "/late/entity",
        "/late/entity-of-mono",
        "/late/mono-of-entity-of-mono",
        "/late/advice",
        "/late/advice-of-thrown",
        "/late/nothing",
        "/late/filter",
        "/late/handler",
        "/on/late",
        "/on/late-body",
        "/on/late-parts"
      })
  @DisplayName("W4 what is cut as it is subscribed to is not canceled on an event loop either")
  void subscribedTo_asItIsCut_canceledElsewhere(String path) throws IOException {
    running = new CompletableFuture<>();
    cut = new CountDownLatch(1);
    canceled = new CompletableFuture<>();
    try (Wire wire = Wire.open(service.port).send("GET", path)) {
      assertThat(running).succeedsWithin(60, TimeUnit.SECONDS);
      service.advance(Duration.ofSeconds(60)); // which has cut it when this returns
      cut.countDown();
      assertThat(wire.read().status()).isEqualTo(504);
      assertThat(canceled).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(canceled.join().getKey())
          .as("canceled on " + canceled.join().getValue())
          .isFalse();
    } finally {
      cut.countDown();
    }
  }
}

package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.webflux.Service.Server;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Errors that Reactor throws rather than signals: without a deadline, so that nothing else ends the
 * exchange.
 */
class FatalErrorTest {
  private static final List<Supplier<Error>> ERRORS = List.of(
      () -> new NoClassDefFoundError("fatal"),
      () -> new StackOverflowError("fatal"),
      () -> new OutOfMemoryError("fatal, not really"),
      () -> new InternalError("fatal"),
      () -> new AssertionError("not fatal"));

  /** Where it comes from. */
  private static Mono<ServerResponse> fails(
      ServerRequest request, String where, Supplier<Error> error) {
    ServerHttpResponse response = request.exchange().getResponse();
    Supplier<DataBuffer> part = () -> response.bufferFactory().wrap(new byte[] {'a'});
    return switch (where) {
      case "call" -> throw error.get();
      case "subscription" ->
        Mono.defer(() -> {
          throw error.get();
        });
      case "signal" -> Mono.error(error.get());
      case "completion" ->
        ServerResponse.ok().bodyValue("x").doOnSuccess(done -> {
          throw error.get();
        });
      case "action" -> {
        response.beforeCommit(() -> {
          throw error.get();
        });
        yield ServerResponse.ok().bodyValue("x");
      }
      case "body" ->
        response
            .writeWith(Mono.<DataBuffer>fromSupplier(() -> {
              throw error.get();
            }))
            .then(Mono.empty());
      case "parts" ->
        response
            .writeWith(Flux.range(0, 3).map(i -> {
              if (i == 2) {
                throw error.get();
              }
              return part.get();
            }))
            .then(Mono.empty());
      case "later" ->
        response // as the server asks for more
            .writeWith(Flux.range(0, 10_000).map(i -> {
              if (i == 5_000) {
                throw error.get();
              }
              return part.get();
            }))
            .then(Mono.empty());
      case "codec" ->
        ServerResponse.ok()
            .contentType(MediaType.APPLICATION_JSON)
            .bodyValue(new Unwritable(error));
      default -> throw new IllegalArgumentException(where);
    };
  }

  /** What no codec can write. */
  static final class Unwritable {
    private final Supplier<Error> error;

    Unwritable(Supplier<Error> error) {
      this.error = error;
    }

    public String getText() {
      Error thrown = error.get();
      if (thrown.getMessage() == null) {
        return "";
      }
      throw thrown;
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("process")
  @DisplayName(
      "W7 a fatal error from anywhere in a handler is thrown on, and nothing of its exchange is left")
  void handler_throwsFatalError_nothingLeft(Server server) throws IOException {
    try (Service service = Service.start(server)) {
      for (String where : new String[] {
        "call", "subscription", "signal", "completion", "action", "body", "parts", "later", "codec"
      }) {
        for (Supplier<Error> error : ERRORS) {
          var run = new AtomicBoolean();
          service.on(where, request -> {
            run.set(true);
            return fails(request, where, error);
          });
          // not to read: what a server answers then, or whether it does, is its own business
          try (Wire wire = Wire.open(service.port)) {
            wire.send("GET", "/on/" + where);
            Await.until(run::get, () -> where);
            service.awaitNothingLeft();
          }
        }
      }
      assertThat(Wire.get(service.port, "/ok").body()).isEqualTo("ok");
    }
  }

  @Test
  @DisplayName("W7 nor is it after one from a filter or an argument resolver")
  void filterAndResolver_throwFatalError_nothingLeft() throws IOException {
    try (Service service = Service.start()) {
      for (String place : new String[] {"filter", "filtered", "resolver"}) {
        for (int i = 0; i < 5; i++) {
          Wire.get(service.port, "/annotated/fatal", "X-Fatal: " + place);
          service.awaitNothingLeft();
        }
      }
      assertThat(Wire.get(service.port, "/annotated/fatal").body()).isEqualTo("resolved");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"completion", "answer", "abort", "count"})
  @DisplayName(
      "W4 W7 a fatal error on any thread that leaves a response without its end closes its connection")
  void response_fatalErrorAtItsEnd_connectionEnds(String where) throws IOException {
    try (Service service = Service.start()) {
      service
          .bean(ObservationRegistry.class)
          .observationConfig()
          .observationHandler(new ObservationHandler<>() {
            @Override
            public void onError(Observation.Context context) {
              throw new NoClassDefFoundError("in an observation");
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
              return where.equals("abort");
            }
          });
      service.on(where, request -> fatalAtItsEnd(request, where, service.bean(Counts.class)));
      Await.longEnough(400, millis -> {
        try (Wire wire = Wire.open(service.port)) {
          boolean begun =
              wire.send("GET", "/on/" + where, budget(millis)).read().status() != 504;
          assertThat(!begun || wire.isEnded()).isTrue();
          service.awaitNothingLeft();
          return begun;
        }
      });
      assertThat(Wire.get(service.port, "/ok").body()).isEqualTo("ok");
    }
  }

  /**
   * On another thread than the server's, which would see what is thrown where it has subscribed.
   */
  private static Mono<ServerResponse> fatalAtItsEnd(
      ServerRequest request, String where, Counts counts) {
    ServerHttpResponse response = request.exchange().getResponse();
    Mono<Long> later = Mono.delay(Duration.ofMillis(5));
    return switch (where) {
      case "completion", "answer" -> {
        response.beforeCommit(() -> {
          throw new StackOverflowError("in a commit action");
        });
        yield later.then(where.equals("answer") ? Mono.never() : Mono.empty());
      }
      case "abort" ->
        response
            .writeWith(
                Flux.just(response.bufferFactory().wrap(new byte[] {'a'})).concatWith(Flux.never()))
            .then(Mono.empty());
      default -> {
        counts.error = new InternalError("as an end is counted");
        yield later.then(Mono.empty()); // and the server would complete it
      }
    };
  }
}

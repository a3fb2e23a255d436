package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import io.ctx4j.webflux.Service.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What is promised on servlet containers, which notice that a client has left only when they write
 * to it.
 */
@Tag("process")
class OtherServersTest {

  @ParameterizedTest
  @EnumSource(names = {"TOMCAT", "JETTY"})
  @DisplayName(
      "W2 W4 W5 W7 Tomcat and Jetty: 504, abort, clean end of an event stream, client gone at a write")
  void servletContainer_deadlinesAndClients_asPromised(Server server) throws IOException {
    try (Service service = Service.start(server, "ctx4j.web.default-timeout=10s")) {
      CompletableFuture<Ctx> started = new CompletableFuture<>();
      service.on("never", request -> {
        request.exchange().getResponse().getHeaders().set("X-Handler", "1");
        return Mono.never();
      });
      service.on(
          "partial",
          request -> ServerResponse.ok()
              .contentType(MediaType.TEXT_PLAIN)
              .body((message, context) -> message.writeAndFlushWith(Flux.just("one", "two")
                  .map(text -> Mono.just(message
                      .bufferFactory()
                      .wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                  .concatWith(Flux.never()))));
      service.on("ticks", request -> {
        started.complete(CtxWeb.ctx(request));
        return ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.interval(Duration.ofMillis(10)).onBackpressureDrop(), Long.class);
      });

      assertThat(Wire.get(service.port, "/ok").body()).isEqualTo("ok");
      assertThat(Wire.get(service.port, "/annotated/ctx").body())
          .contains("parameter=true exchange=true");

      Answer late = Wire.get(service.port, "/on/never", "X-Request-Timeout-Ms: 100");
      assertThat(late.status()).isEqualTo(504);
      assertThat(late.complete()).isTrue();
      assertThat(late.header("content-type")).startsWith("application/problem+json");
      assertThat(late.header("X-Handler")).isEmpty();

      Await.longEnough(1_000, millis -> {
        Answer aborted = Wire.get(service.port, "/on/partial", budget(millis));
        assertThat(aborted.complete()).isEqualTo(aborted.status() == 504);
        return aborted.status() == 200;
      });
      service.awaitNothingLeft();
      Await.until(() -> service.logs.noise().size() >= loggers(server).size(), () -> "unsaid");
      assertThat(service.logs.noise())
          .extracting(line -> line.split(" ", 3)[1])
          .containsExactlyInAnyOrderElementsOf(loggers(server));

      Await.longEnough(1_000, millis -> {
        Answer ended = Wire.get(service.port, "/on/ticks", budget(millis));
        assertThat(ended.complete()).isTrue();
        return ended.status() == 200;
      });
      service.awaitNothingLeft();
      assertThat(service.logs.noise()).hasSameSizeAs(loggers(server)); // nobody has more to say

      CompletableFuture<Ctx> again = new CompletableFuture<>();
      service.on("endless", request -> {
        again.complete(CtxWeb.ctx(request));
        return ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.interval(Duration.ofMillis(10)).onBackpressureDrop(), Long.class);
      });
      Wire wire = Wire.open(service.port).send("GET", "/on/endless");
      assertThat(wire.line()).contains("200");
      assertThat(again).succeedsWithin(60, TimeUnit.SECONDS);
      wire.reset();
      Await.until(() -> again.join().isDone(), () -> "live");
      service.awaitNothingLeft();
      assertThat(again.join().cause()).isInstanceOf(ClientGoneException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOMCAT", "JETTY"})
  @DisplayName(
      "W4 Tomcat and Jetty: the answer waits for no cancel, nor for a session store; security headers are kept")
  void servletContainer_stuckHandlers_answered(Server server) throws IOException {
    try (Service service = Service.start(server, "ctx4j.web.default-timeout=20s")) {
      var released = new CountDownLatch(1);
      var stuck = new AnswerTest.Stuck(released);
      service.on("stuck", stuck);
      try {
        Await.longEnough(300, millis -> {
          assertAnswer(Wire.get(service.port, "/on/stuck", budget(millis)));
          return stuck.begun().get() > 0;
        });
      } finally {
        released.countDown();
      }
      List<Wire> clients = new ArrayList<>();
      for (String way : new String[] {"one", "parts", "groups", "complete", "none"}) {
        service.on(
            way,
            request -> AnswerTest.startSession(
                    request, request.queryParam("hangs").isPresent())
                .then(Mono.defer(() -> AnswerTest.respond(request, way))));
        for (String method : new String[] {"GET", "HEAD"}) {
          clients.add(Wire.open(service.port)
              .send(method, "/on/" + way + "?hangs", "X-Request-Timeout-Ms: 300"));
        }
      }
      for (Wire wire : clients) { // all have waited at once
        assertAnswer(wire.read());
      }
      for (String way : new String[] {"one", "parts", "groups", "complete", "none"}) {
        for (String method : new String[] {"GET", "HEAD"}) {
          try (Wire wire = clients.remove(0)) {
            Answer answer = wire.send(method, "/on/" + way).read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("X-Handler")).isEqualTo("1");
            assertThat(answer.header("set-cookie")).contains("SESSION=").contains("handler=1");
          }
        }
      }
      var ran = new AtomicBoolean();
      service.on("secured", request -> {
        var response = request.exchange().getResponse();
        response.beforeCommit(
            () -> Mono.fromRunnable(() -> response.getHeaders().set("X-Frame-Options", "DENY")));
        ran.set(!CtxWeb.ctx(request).isDone());
        return Mono.never();
      });
      Await.longEnough(300, millis -> {
        ran.set(false);
        Answer secured = Wire.get(service.port, "/on/secured", budget(millis));
        assertAnswer(secured);
        if (!ran.get()) {
          return false;
        }
        assertThat(secured.header("X-Frame-Options")).isEqualTo("DENY");
        return true;
      });
      service.awaitNothingLeft();
      service.logs.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOMCAT", "JETTY"})
  @DisplayName(
      "W7 W9 Tomcat and Jetty: a WebSocket outlives the default, and ends with each side, or a shutdown")
  void servletContainer_webSockets_asPromised(Server server) throws Exception {
    try (Service service = Service.start(
        server,
        Service.MANUAL_TIME,
        "ctx4j.web.default-timeout=60s",
        "ctx4j.web.max-timeout=60s")) {
      SocketClient left = opened(service);
      Ctx ctx = socket(service);
      service.advance(Duration.ofSeconds(61));
      left.say("still there");
      assertThat(ctx.isDone()).isFalse();
      assertThat(ctx.deadline()).isNull();
      left.abort();
      Await.until(ctx::isDone, () -> "live: " + ctx);
      assertThat(ctx.cause()).isInstanceOf(ClientGoneException.class);

      SocketClient closing = opened(service);
      Ctx closed = socket(service);
      closing.close();
      Await.until(closed::isDone, () -> "live: " + closed);
      assertThat(closed.err()).hasMessageContaining("closed");

      SocketClient stopping = opened(service);
      Ctx stopped = socket(service);
      stopping.send("stop");
      Await.until(stopped::isDone, () -> "live: " + stopped);
      assertThat(stopped.err()).hasMessageContaining("closed");
      assertThat(stopping.awaitClosed()).isEqualTo(1000);
      service.awaitNothingLeft();

      SocketClient cut = opened(service);
      Ctx shutdown = socket(service);
      service.live().endStreams(new ShutdownException());
      assertThat(cut.awaitClosed()).isEqualTo(1001);
      assertThat(shutdown.cause()).isInstanceOf(ShutdownException.class);
      service.awaitNothingLeft();
    }
  }

  private static SocketClient opened(Service service) throws Exception {
    SocketClient socket = SocketClient.open(service.port, "/socket");
    socket.say("hello");
    return socket;
  }

  private static Ctx socket(Service service) {
    return Objects.requireNonNull(service.bean(Service.Handlers.class).socket.get());
  }

  private static void assertAnswer(Answer answer) {
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.complete()).isTrue();
    assertThat(answer.header("content-type")).startsWith("application/problem+json");
    assertThat(answer.header("set-cookie")).isEmpty();
    assertThat(answer.header("X-Handler")).isEmpty();
  }

  /** Who says above DEBUG that a response was aborted, as the docs have it. */
  private static List<String> loggers(Server server) {
    String spring = "org.springframework.web.server.adapter.HttpWebHandlerAdapter";
    String tomcat =
        "org.apache.catalina.core.ContainerBase.[Tomcat].[localhost].[/].[httpHandlerServlet]";
    return server == Server.TOMCAT
        ? List.of(spring, tomcat, tomcat)
        : List.of(spring, "org.eclipse.jetty.ee11.servlet.ServletChannel");
  }
}

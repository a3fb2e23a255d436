package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What takes the place of a response that comes too late: whom it waits for, and what it says. */
class AnswerTest {
  /** As many run callbacks. */
  private static final int THREADS = 256;

  private static final String BUDGET = budget(150);

  private static Service service;

  @BeforeAll
  static void start() {
    service = Service.start("ctx4j.web.default-timeout=20s");
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

  private static void assertAnswer(Answer answer) {
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.complete()).isTrue();
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    assertThat(answer.header("set-cookie")).isEmpty();
    assertThat(answer.header("X-Handler")).isEmpty();
  }

  /** Goes on as long as the latch is there, whoever interrupts it. */
  static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A handler whose cancel waits, unless it comes as it is subscribed to: then it would be the
   * server's thread that waits.
   */
  record Stuck(CountDownLatch released, AtomicInteger begun, AtomicInteger blocked)
      implements HandlerFunction<ServerResponse> {
    Stuck(CountDownLatch released) {
      this(released, new AtomicInteger(), new AtomicInteger());
    }

    @Override
    public Mono<ServerResponse> handle(ServerRequest request) {
      Thread here = Thread.currentThread();
      begun.incrementAndGet();
      return Mono.<ServerResponse>never().doOnCancel(() -> {
        if (Thread.currentThread() == here) {
          begun.decrementAndGet();
        } else {
          blocked.incrementAndGet();
          await(released);
        }
      });
    }
  }

  @Test
  @DisplayName("W4 the answer waits for no cancel of the handler, nor for others'")
  void cancel_blocks_answered() throws IOException {
    var released = new CountDownLatch(1);
    var stuck = new Stuck(released);
    service.on("stuck", stuck);
    List<Wire> clients = new ArrayList<>();
    try {
      Await.longEnough(150, millis -> {
        int before = stuck.begun().get();
        for (int i = 0; i < 20; i++) {
          clients.add(Wire.open(service.port).send("GET", "/on/stuck", budget(millis)));
        }
        for (Wire client : clients.subList(clients.size() - 20, clients.size())) {
          assertAnswer(client.read());
          assertThat(client.send("GET", "/ok").read().body()).isEqualTo("ok");
        }
        return stuck.begun().get() == before + 20;
      });
    } finally {
      released.countDown();
      for (Wire client : clients) {
        client.close();
      }
    }
  }

  @Test
  @Tag("slow")
  @DisplayName(
      "W4 C19 with more cancels blocked than there are threads for callbacks, answers are on time")
  void cancels_moreBlockedThanThreads_othersAnswered() throws IOException {
    var released = new CountDownLatch(1);
    var stuck = new Stuck(released);
    service.on("stuck", stuck);
    service.on("never", request -> Mono.never());
    List<Wire> clients = new ArrayList<>();
    try {
      Await.longEnough(150, millis -> {
        for (int i = 0; i < 300; i++) {
          clients.add(Wire.open(service.port).send("GET", "/on/stuck", budget(millis)));
        }
        for (Wire client : clients.subList(clients.size() - 300, clients.size())) {
          assertAnswer(client.read());
        }
        Await.until(
            () -> stuck.blocked().get() >= Math.min(stuck.begun().get(), THREADS),
            () -> stuck.blocked() + " of " + stuck.begun());
        return stuck.blocked().get() == THREADS;
      });
      for (int i = 0; i < 10; i++) {
        assertAnswer(Wire.get(service.port, "/on/never", BUDGET));
      }
    } finally {
      released.countDown();
      for (Wire client : clients) {
        client.close();
      }
    }
  }

  @Test
  @DisplayName(
      "W4 a callback of the context that blocks holds no answer up, nor what is canceled as it aborts")
  void callback_blocks_answered() throws IOException {
    var released = new CountDownLatch(1);
    var begun = new AtomicBoolean();
    service.on("callback", request -> {
      Thread here = Thread.currentThread();
      Ctx ctx = CtxWeb.ctx(request);
      ctx.onDone(() -> {
        if (Thread.currentThread() != here) { // else it is done, and the server's thread waits
          await(released);
        }
      });
      begun.set(!ctx.isDone());
      return Mono.never();
    });
    try {
      Await.longEnough(150, millis -> {
        assertAnswer(Wire.get(service.port, "/on/callback", budget(millis)));
        return begun.get();
      });
    } finally {
      released.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("slow")
  @DisplayName(
      "W4 a body whose cancel blocks holds no event loop up, be it aborted or its client gone")
  void bodysCancel_blocks_othersAnswered(boolean leaves) throws IOException {
    var released = new CountDownLatch(1);
    var canceled = new AtomicInteger();
    service.on(
        "parts",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(
                Flux.just(Mono.just(message.bufferFactory().wrap(new byte[] {'a'})))
                    .map(part -> (Publisher<DataBuffer>) part.cast(DataBuffer.class))
                    .concatWith(Flux.never())
                    .doOnCancel(() -> {
                      canceled.incrementAndGet();
                      await(released);
                    }))));
    List<Wire> clients = new ArrayList<>();
    try {
      Await.longEnough(leaves ? 15_000 : 300, millis -> {
        int begun = 0;
        for (int i = 0; i < 16; i++) {
          clients.add(Wire.open(service.port).send("GET", "/on/parts", budget(millis)));
        }
        for (Wire client : clients.subList(clients.size() - 16, clients.size())) {
          if (leaves) {
            begun += String.valueOf(client.line()).contains("200") ? 1 : 0;
            client.reset();
          } else {
            Answer answer = client.read();
            begun += answer.status() == 200 ? 1 : 0;
            assertThat(answer.complete()).isEqualTo(answer.status() == 504);
          }
        }
        return begun == 16;
      });
      Await.until(() -> canceled.get() >= 16, () -> canceled + " canceled");
      service.on("never", request -> Mono.never());
      for (int i = 0; i < 16; i++) {
        assertAnswer(Wire.get(service.port, "/on/never", BUDGET));
      }
    } finally {
      released.countDown();
      for (Wire client : clients) {
        client.close();
      }
    }
    service.awaitNothingLeft(); // what is logged of clients that left comes before
    service.logs.clear();
  }

  static Mono<Void> startSession(ServerRequest request, boolean hangs) {
    return request
        .session()
        .doOnNext(session -> {
          session.start();
          if (hangs) {
            session.getAttributes().put(Sessions.HANGS, true);
          }
        })
        .then();
  }

  @Test
  @DisplayName(
      "W4 a session is not saved for an answer, and its cookie is not on it; on a response it is")
  void session_startedAndLate_notSaved() throws IOException {
    service.on(
        "session",
        request -> startSession(request, false)
            .then(
                request.queryParam("late").isPresent()
                    ? Mono.never()
                    : ServerResponse.ok().header("X-Handler", "1").bodyValue("all")));
    int before = service.bean(Sessions.class).saves.get();
    assertAnswer(Wire.get(service.port, "/on/session?late", BUDGET));
    assertThat(service.bean(Sessions.class).saves).hasValue(before);

    Answer answer = Wire.get(service.port, "/on/session");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("all");
    assertThat(answer.header("X-Handler")).isEqualTo("1");
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.header("content-length")).isEqualTo("3");
    assertThat(answer.header("set-cookie")).startsWith("SESSION=");
    assertThat(service.bean(Sessions.class).saves).hasValue(before + 1);
  }

  /** Each way to begin a response. */
  static Mono<ServerResponse> respond(ServerRequest request, String way) {
    ServerHttpResponse response = request.exchange().getResponse();
    response.getHeaders().set("X-Handler", "1");
    response.addCookie(ResponseCookie.from("handler", "1").build());
    byte[] text = "a body".getBytes(StandardCharsets.UTF_8);
    return switch (way) {
      case "one" -> ServerResponse.ok().bodyValue("a body");
      case "parts" ->
        response
            .writeWith(Flux.just(text, text).map(response.bufferFactory()::wrap))
            .then(Mono.empty());
      case "groups" ->
        response
            .writeAndFlushWith(Flux.just(text, text)
                .map(part -> Mono.just(response.bufferFactory().wrap(part))))
            .then(Mono.empty());
      case "complete" -> response.setComplete().then(Mono.empty());
      default -> Mono.empty(); // and the server completes it
    };
  }

  @ParameterizedTest
  @CsvSource({
    "GET, one", "GET, parts", "GET, groups", "GET, complete", "GET, none",
    "HEAD, one", "HEAD, parts", "HEAD, groups", "HEAD, complete", "HEAD, none"
  })
  @DisplayName(
      "W4 a session store that does not answer is not waited for, however the response began")
  void sessionStore_hangs_answered(String method, String way) throws IOException {
    service.on(
        "hangs",
        request -> startSession(request, true).then(Mono.defer(() -> respond(request, way))));
    try (Wire wire = Wire.open(service.port)) {
      assertAnswer(wire.send(method, "/on/hangs", BUDGET).read());
      assertThat(wire.send("GET", "/ok").read().body()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  @DisplayName("W4 a session store that fails as the answer is written takes nothing off its head")
  void sessionStore_failsAsAnswered_headWhole(String method) throws IOException {
    try (Service failing = Service.start("test.failing-saves=true")) {
      failing.on(
          "fails",
          request -> startSession(request, true).then(ServerResponse.ok().build()));
      for (int i = 0; i < 3; i++) {
        try (Wire wire = Wire.open(failing.port)) {
          Answer answer = wire.send(method, "/on/fails", BUDGET).read();
          assertAnswer(answer);
          assertThat(answer.headers()).containsOnlyKeys("content-type", "content-length");
          assertThat(answer.header("content-length")).isNotEqualTo("0");
          assertThat(wire.send("GET", "/ok").read().body()).isEqualTo("ok");
        }
      }
      failing.awaitNothingLeft();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "parts", "groups", "complete", "none"})
  @DisplayName("W4 a response whose session is saved is what it is without one")
  void session_saved_responseWhole(String way) throws IOException {
    service.on(
        "with",
        request -> startSession(request, false).then(Mono.defer(() -> respond(request, way))));
    service.on("without", request -> respond(request, way));
    Answer with = Wire.get(service.port, "/on/with");
    Answer without = Wire.get(service.port, "/on/without");
    assertThat(with.status()).isEqualTo(without.status());
    assertThat(with.body()).isEqualTo(without.body());
    assertThat(with.header("set-cookie")).contains("SESSION=").contains("handler=1");
    assertThat(with.headers().keySet()).isEqualTo(without.headers().keySet());
  }

  @Test
  @DisplayName("W4 a commit action that fails is the application's error")
  void commitAction_fails_applicationsError() throws IOException {
    service.on("fails", request -> {
      request
          .exchange()
          .getResponse()
          .beforeCommit(() -> Mono.error(new IllegalStateException("action")));
      return ServerResponse.ok()
          .bodyValue("x")
          .onErrorResume(
              IllegalStateException.class, e -> ServerResponse.status(418).build());
    });
    assertThat(Wire.get(service.port, "/on/fails").status()).isEqualTo(500);
    service.logs.clear(); // as Spring logs it
  }

  @Test
  @DisplayName(
      "W4 what commit actions write before they return is kept, one that waits is not waited for")
  void commitActions_answer_keptUnlessTheyWait() throws IOException {
    var ran = new AtomicBoolean();
    service.on("secured", request -> {
      ServerHttpResponse response = request.exchange().getResponse();
      response.getHeaders().set("X-Handler", "1");
      response.getHeaders().set("Vary", "Origin");
      response.getHeaders().set("Access-Control-Allow-Origin", "*");
      // as a writer of security headers does
      response.beforeCommit(() -> Flux.just("X-Content-Type-Options", "X-Frame-Options")
          .concatMap(name -> Mono.<Void>fromRunnable(() -> response.getHeaders().set(name, "kept")))
          .then());
      response.beforeCommit(() -> {
        response.getHeaders().set("Strict-Transport-Security", "kept");
        return Mono.never();
      });
      response.beforeCommit(() -> Mono.error(new IllegalStateException("fails")));
      response.beforeCommit(() -> {
        throw new IllegalStateException("throws");
      });
      response.beforeCommit(() ->
          Mono.<Void>fromRunnable(() -> response.getHeaders().set("Cache-Control", "no-store")));
      ran.set(!CtxWeb.ctx(request).isDone());
      return Mono.never();
    });
    for (String method : new String[] {"GET", "HEAD"}) {
      Await.longEnough(150, millis -> {
        ran.set(false);
        try (Wire wire = Wire.open(service.port)) {
          Answer answer = wire.send(method, "/on/secured", budget(millis)).read();
          assertAnswer(answer);
          if (!ran.get()) {
            return false;
          }
          assertThat(answer.headers())
              .containsEntry("x-content-type-options", "kept")
              .containsEntry("x-frame-options", "kept")
              .containsEntry("strict-transport-security", "kept")
              .containsEntry("cache-control", "no-store")
              .containsEntry("vary", "Origin")
              .containsEntry("access-control-allow-origin", "*")
              .hasSize(8);
          return true;
        }
      });
    }
  }

  @Test
  @DisplayName(
      "W4 a commit action of the handler's that waits is not waited for when its response has begun")
  void commitAction_waits_answered() throws IOException {
    service.on("waits", request -> {
      request.exchange().getResponse().beforeCommit(Mono::never);
      return respond(request, "one");
    });
    assertAnswer(Wire.get(service.port, "/on/waits", BUDGET));
  }

  @Test
  @DisplayName("W4 a timeout inside the request is not called the request's")
  void innerTimeout_detail_saysSo() throws IOException {
    service.on(
        "inner",
        request ->
            Mono.<ServerResponse>never().transform(CtxOps.withTimeout(Duration.ofMillis(20))));
    assertThat(Wire.get(service.port, "/on/inner").body())
        .contains("\"detail\":\"A timeout inside the request has passed.\"");
    service.on("canceled", request -> {
      CancelCtx own = Ctx.background().withCancel();
      own.cancel();
      return Mono.error(new IllegalStateException(own.err()));
    });
    assertThat(Wire.get(service.port, "/on/canceled").body())
        .contains("\"detail\":\"A part of the request was canceled.\"");
    service.on("outer", request -> Mono.never());
    assertThat(Wire.get(service.port, "/on/outer", BUDGET).body())
        .contains("\"detail\":\"The deadline of the request has passed.\"");
  }

  @Test
  @DisplayName(
      "W4 the standard metric and span of a request carry what ended it, and the status that was sent")
  void observation_cutShort_carriesError() throws IOException {
    Observed observed = service.bean(Observed.class);
    service.on("refused", request -> Mono.never());
    service.on(
        "aborted",
        request -> request
            .exchange()
            .getResponse()
            .writeAndFlushWith(Flux.just(Mono.<DataBuffer>fromSupplier(
                    () -> request.exchange().getResponse().bufferFactory().wrap(new byte[] {'a'})))
                .concatWith(Flux.never()))
            .then(Mono.empty()));
    service.on(
        "events",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_EVENT_STREAM)
            .body(Flux.just("one").concatWith(Flux.never()), String.class));
    Wire.get(service.port, "/on/refused", BUDGET);
    assertThat(observed.last("/on/refused")).isEqualTo("504 DeadlineExceededException 1");
    for (String path : new String[] {"/on/aborted", "/on/events"}) {
      Await.longEnough(400, millis -> {
        observed.forget(path);
        int status = Wire.get(service.port, path, budget(millis)).status();
        assertThat(observed.last(path)).isEqualTo(status + " DeadlineExceededException 1");
        return status == 200;
      });
    }
    Wire.get(service.port, "/ok");
    assertThat(observed.last("/ok")).isEqualTo("200 none 0");
  }

  @Test
  @DisplayName(
      "W4 HEAD: a body that does not end is answered at the deadline, others with their head")
  void head_bodies_answered() throws IOException {
    service.on(
        "endless",
        request -> request
            .exchange()
            .getResponse()
            .writeWith(Flux.<DataBuffer>generate(sink ->
                    sink.next(request.exchange().getResponse().bufferFactory().wrap(new byte[64])))
                .delayElements(Duration.ofMillis(1)))
            .then(Mono.empty()));
    service.on("one", request -> respond(request, "one"));
    service.on("parts", request -> respond(request, "parts"));
    service.on("groups", request -> respond(request, "groups"));
    try (Wire wire = Wire.open(service.port)) {
      assertAnswer(wire.send("HEAD", "/on/endless", BUDGET).read());
      for (String way : new String[] {"one", "parts", "groups"}) {
        Answer answer = wire.send("HEAD", "/on/" + way).read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("X-Handler")).isEqualTo("1");
        assertThat(answer.header("content-length")).isEqualTo(way.equals("one") ? "6" : "");
      }
      assertThat(wire.send("GET", "/ok").read().body()).isEqualTo("ok");
    }
  }

  @Test
  @DisplayName(
      "W4 kind 12: no error handler of the application's is asked about what a handler says too late")
  void lateResponse_errorHandlers_notAsked() throws IOException {
    var asked = new AtomicInteger();
    service.on("late", request -> {
      Sinks.One<String> source = Sinks.one();
      return source
          .asMono()
          .flatMap(text -> request
              .exchange()
              .getResponse()
              .writeWith(Mono.fromSupplier(
                  () -> request.exchange().getResponse().bufferFactory().wrap(new byte[] {'a'}))))
          .onErrorResume(error -> {
            asked.incrementAndGet();
            return Mono.empty();
          })
          .doOnCancel(() -> source.tryEmitValue("too late"))
          .then(Mono.empty());
    });
    assertAnswer(Wire.get(service.port, "/on/late", BUDGET));
    service.awaitNothingLeft();
    assertThat(asked).hasValue(0);
  }
}

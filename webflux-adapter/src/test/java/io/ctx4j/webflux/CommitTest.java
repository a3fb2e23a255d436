package io.ctx4j.webflux;

import static io.ctx4j.webflux.Service.budget;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.testing.Await;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the gate must leave as it is. */
class CommitTest {
  private static Service service;

  @TempDir
  static Path folder;

  @BeforeAll
  static void start() {
    service = Service.start("ctx4j.web.default-timeout=10s");
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
  @DisplayName("W4 a file goes out by zero-copy, whole")
  void file_zeroCopy_complete() throws IOException {
    Path file = Files.writeString(folder.resolve("file.txt"), "x".repeat(300_000));
    service.on("file", request -> {
      assertThat(request.exchange().getResponse()).isInstanceOf(ZeroCopyHttpOutputMessage.class);
      return ServerResponse.ok().bodyValue(new FileSystemResource(file));
    });
    Answer answer = Wire.get(service.port, "/on/file");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.complete()).isTrue();
    assertThat(answer.body()).hasSize(300_000);
  }

  @Test
  @DisplayName("W4 a file that comes after the deadline does not go out")
  void file_afterDeadline_504() throws IOException {
    Path file = Files.writeString(folder.resolve("late.txt"), "x");
    service.on(
        "late",
        request -> Mono.fromFuture(new Later(CtxWeb.ctx(request)).future())
            .onErrorComplete()
            .then(((ZeroCopyHttpOutputMessage) request.exchange().getResponse())
                .writeWith(file, 0, 1))
            .then(Mono.empty()));
    Answer answer = Wire.get(service.port, "/on/late", "X-Request-Timeout-Ms: 50");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.complete()).isTrue();
  }

  @Test
  @DisplayName("W4 an answer to a conditional request is a 304")
  void etag_matches_notModified() throws IOException {
    Answer fresh = Wire.get(service.port, "/annotated/etag");
    assertThat(fresh.body()).isEqualTo("tagged");
    assertThat(fresh.header("etag")).isEqualTo("\"v1\"");
    Answer known = Wire.get(service.port, "/annotated/etag", "If-None-Match: \"v1\"");
    assertThat(known.status()).isEqualTo(304);
    assertThat(known.header("etag")).isEqualTo("\"v1\"");
  }

  @Test
  @DisplayName("W4 an empty response, one without a body, and one that nobody committed")
  void noBody_responses_complete() throws IOException {
    service.on(
        "empty", request -> ServerResponse.noContent().header("X-Here", "1").build());
    service.on("uncommitted", request -> {
      request.exchange().getResponse().setStatusCode(HttpStatus.ACCEPTED);
      return Mono.empty();
    });
    assertThat(Wire.get(service.port, "/on/empty").status()).isEqualTo(204);
    assertThat(Wire.get(service.port, "/on/empty").header("X-Here")).isEqualTo("1");
    assertThat(Wire.get(service.port, "/on/uncommitted").status()).isEqualTo(202);
    assertThat(Wire.get(service.port, "/nowhere").status()).isEqualTo(404);
  }

  @Test
  @DisplayName("W4 actions before commit run, and their headers are sent")
  void beforeCommit_action_headersSent() throws IOException {
    service.on("action", request -> {
      var response = request.exchange().getResponse();
      response.beforeCommit(
          () -> Mono.fromRunnable(() -> response.getHeaders().set("X-Action", "ran")));
      return ServerResponse.ok().bodyValue("x");
    });
    assertThat(Wire.get(service.port, "/on/action").header("X-Action")).isEqualTo("ran");
  }

  @Test
  @DisplayName(
      "W4 an error that is not a context's is the application's, with the headers of CORS and the like")
  void handlerFails_otherError_applicationsAnswer() throws IOException {
    service.on("fails", request -> {
      request.exchange().getResponse().getHeaders().set("Access-Control-Allow-Origin", "*");
      return Mono.error(
          new org.springframework.web.server.ResponseStatusException(HttpStatus.CONFLICT));
    });
    Answer answer = Wire.get(service.port, "/on/fails");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
  }

  @Test
  @DisplayName("W4 a browser may read the 504 that it was allowed to read the answer of")
  void cors_deadline_headersKept() throws IOException {
    var ran = new AtomicBoolean();
    service.on("cors", request -> {
      request.exchange().getResponse().getHeaders().set("Access-Control-Allow-Origin", "*");
      ran.set(!CtxWeb.ctx(request).isDone());
      return Mono.never();
    });
    Await.longEnough(50, millis -> {
      ran.set(false);
      Answer answer = Wire.get(service.port, "/on/cors", budget(millis));
      assertThat(answer.status()).isEqualTo(504);
      if (!ran.get()) {
        return false;
      }
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
      return true;
    });
  }

  @Test
  @DisplayName("W4 bodies of many elements, in groups and not, arrive whole")
  void body_manyElements_complete() throws IOException {
    byte[] part = "0123456789".getBytes(StandardCharsets.UTF_8);
    service.on(
        "many",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeWith(
                Flux.range(0, 1_000).map(i -> message.bufferFactory().wrap(part)))));
    service.on(
        "groups",
        request -> ServerResponse.ok()
            .contentType(MediaType.TEXT_PLAIN)
            .body((message, context) -> message.writeAndFlushWith(Flux.range(0, 1_000)
                .map(i -> Mono.fromSupplier(() -> message.bufferFactory().wrap(part))))));
    for (String path : new String[] {"/on/many", "/on/groups"}) {
      Answer answer = Wire.get(service.port, path);
      assertThat(answer.complete()).isTrue();
      assertThat(answer.body()).hasSize(10_000);
    }
  }

  @Test
  @DisplayName("W4 the 504 of a HEAD has no body, and the connection lives on")
  void head_deadline_noBody() throws IOException {
    service.on("never", request -> Mono.never());
    try (Wire wire = Wire.open(service.port)) {
      Answer answer = wire.send("HEAD", "/on/never", "X-Request-Timeout-Ms: 50").read();
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
      assertThat(wire.send("GET", "/ok").read().body()).isEqualTo("ok");
    }
  }
}

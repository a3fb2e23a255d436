package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Wire;
import io.ctx4j.testing.Wire.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

class PlainBeansTest {
  private static final Duration DEFAULT = Duration.ofSeconds(60);

  @EnableWebFlux
  static class Config implements WebFluxConfigurer {
    @Override
    public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
      configurer.addCustomResolver(new CtxArgumentResolver());
    }

    @Bean
    CancelCtx root() {
      return Ctx.background().withCancel();
    }

    @Bean
    CtxWebFilter filter(CancelCtx root) {
      return new CtxWebFilter(
          root, CtxWebSettings.builder().defaultTimeout(DEFAULT).build());
    }

    @Bean
    Plain plain() {
      return new Plain();
    }
  }

  @RestController
  static class Plain {
    @GetMapping("/plain")
    Mono<String> plain(Ctx ctx) {
      return CtxOps.current().map(current -> String.valueOf(current == ctx));
    }

    @GetMapping("/waits")
    Mono<String> waits() {
      return Mono.never();
    }
  }

  @Test
  @DisplayName("W1 without Boot the filter and the resolver are plain beans")
  void plainSpring_beans_work() throws IOException {
    try (var context = new AnnotationConfigApplicationContext(Config.class)) {
      DisposableServer server = HttpServer.create()
          .host("127.0.0.1")
          .port(0)
          .handle(new ReactorHttpHandlerAdapter(
              WebHttpHandlerBuilder.applicationContext(context).build()))
          .bindNow();
      try {
        assertThat(Wire.get(server.port(), "/plain").body()).isEqualTo("true");
        Answer late = Wire.get(server.port(), "/waits", "X-Request-Timeout-Ms: 50");
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.header("content-type")).isEqualTo("application/problem+json");
      } finally {
        server.disposeNow();
      }
    }
  }

  @Test
  @DisplayName("W4 a mock of a server's response is answered, and aborted, as any")
  void mockExchange_deadline_answered() {
    var time = new ManualTime();
    var filter = new CtxWebFilter(
        Ctx.root(time), CtxWebSettings.builder().defaultTimeout(DEFAULT).build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/a\"<b>?c=d"));
    StepVerifier.create(filter.filter(exchange, chained -> Mono.never()))
        .then(() -> time.advance(DEFAULT))
        .expectComplete()
        .verify(Duration.ofSeconds(60));
    assertThat(exchange.getResponse().getStatusCode()).hasToString("504 GATEWAY_TIMEOUT");
    assertThat(exchange.getResponse().getBodyAsString().block()).doesNotContain("<b>", "c=d");

    var begun = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    Mono<Void> aborted = filter.filter(
        begun,
        chained -> chained
            .getResponse()
            .writeWith(Flux.just(begun.getResponse().bufferFactory().wrap(new byte[1]))
                .concatWith(Flux.never())));
    StepVerifier.create(aborted)
        .then(() -> time.advance(DEFAULT))
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(60));
  }

  @Test
  @DisplayName("W4 a response in one part that has begun before the deadline is let out after it")
  void onePart_begunBeforeDeadline_letOut() {
    var time = new ManualTime();
    var filter = new CtxWebFilter(
        Ctx.root(time), CtxWebSettings.builder().defaultTimeout(DEFAULT).build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    Sinks.Empty<Void> written = Sinks.empty();
    exchange.getResponse().setWriteHandler(body -> body.then(written.asMono()));
    AtomicReference<@Nullable Ctx> seen = new AtomicReference<>();
    Mono<Void> done = filter.filter(exchange, chained -> {
      seen.set(CtxWeb.ctx(chained));
      return chained
          .getResponse()
          .writeWith(
              Mono.fromSupplier(() -> chained.getResponse().bufferFactory().wrap(new byte[1])));
    });
    StepVerifier.create(done)
        .then(() -> time.advance(DEFAULT))
        .then(() -> assertThat(Objects.requireNonNull(seen.get()).isDone()).isTrue())
        .then(written::tryEmitEmpty)
        .expectComplete()
        .verify(Duration.ofSeconds(60));
  }

  @Test
  @Tag("slow")
  @DisplayName("W4 and aborted soon after it")
  void onePart_neverDelivered_aborted() {
    var filter = new CtxWebFilter(
        Ctx.background(),
        CtxWebSettings.builder().defaultTimeout(Duration.ofMillis(50)).build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    exchange.getResponse().setWriteHandler(body -> body.then(Mono.never()));
    StepVerifier.create(filter.filter(
            exchange,
            chained -> chained
                .getResponse()
                .writeWith(Mono.fromSupplier(
                    () -> chained.getResponse().bufferFactory().wrap(new byte[1])))))
        .expectError(DeadlineExceededException.class)
        .verify(Duration.ofSeconds(60));
  }

  @Test
  @DisplayName(
      "W4 an event stream ends between two elements: who is writing one is not interrupted")
  void eventStream_endedAsItIsWritten_writerNotInterrupted() {
    CancelCtx root = Ctx.background().withCancel();
    var filter = new CtxWebFilter(root, CtxWebSettings.builder().build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    CompletableFuture<Void> sourceCanceled = new CompletableFuture<>();
    exchange
        .getResponse()
        .setWriteHandler(body -> body.skip(1) // to the first one Spring holds a lock
            .doOnNext(buffer -> {
              CompletableFuture.runAsync(root::cancel).join();
              interrupted.complete(Thread.interrupted());
            })
            .then());
    Mono<Void> done = filter.filter(exchange, chained -> {
      var response = chained.getResponse();
      response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
      return response.writeAndFlushWith(Flux.interval(Duration.ofMillis(1))
          .doOnCancel(() -> sourceCanceled.complete(null))
          .map(i -> Mono.fromSupplier(() -> response.bufferFactory().wrap(new byte[1]))));
    });
    StepVerifier.create(done).expectComplete().verify(Duration.ofSeconds(60));
    assertThat(interrupted).succeedsWithin(Duration.ofSeconds(60)).isEqualTo(false);
    assertThat(sourceCanceled).succeedsWithin(Duration.ofSeconds(60));
  }

  @Test
  @DisplayName("W1 of two filters the first counts: an exchange has one Ctx")
  void twoFilters_first_counts() {
    CancelCtx root = Ctx.background().withCancel();
    var first =
        new CtxWebFilter(root, CtxWebSettings.builder().defaultTimeout(DEFAULT).build());
    var second = new CtxWebFilter(
        root, CtxWebSettings.builder().defaultTimeout(Duration.ofDays(1)).build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    AtomicReference<@Nullable Ctx> seen = new AtomicReference<>();
    first
        .filter(
            exchange,
            outer -> second.filter(
                outer,
                inner -> CtxOps.current()
                    .doOnNext(ctx -> {
                      seen.set(ctx);
                      assertThat(ctx).isSameAs(CtxWeb.ctx(inner)).isSameAs(CtxWeb.ctx(exchange));
                      assertThat(root.tree().lines()).hasSize(2);
                    })
                    .then()))
        .block(Duration.ofSeconds(60));
    Ctx ctx = Objects.requireNonNull(seen.get());
    assertThat(Objects.requireNonNull(ctx.remaining())).isLessThanOrEqualTo(DEFAULT);
    assertThat(ctx.isDone()).isTrue();
    assertThat(root.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("W7 a chain that throws instead of failing leaves nothing")
  void chain_throws_closed() {
    CancelCtx root = Ctx.background().withCancel();
    var filter = new CtxWebFilter(
        root, CtxWebSettings.builder().defaultTimeout(Duration.ofMinutes(5)).build());
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    StepVerifier.create(filter.filter(exchange, chained -> {
          throw new IllegalArgumentException("no chain");
        }))
        .expectErrorMessage("no chain")
        .verify(Duration.ofSeconds(60));
    assertThat(root.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("W1 where the filter has not run there is a background")
  void accessor_noFilter_background() {
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    assertThat(CtxWeb.ctx(exchange)).isSameAs(Ctx.background());
    assertThat(CtxWeb.ctx(ServerRequest.create(exchange, List.of()))).isSameAs(Ctx.background());
  }
}

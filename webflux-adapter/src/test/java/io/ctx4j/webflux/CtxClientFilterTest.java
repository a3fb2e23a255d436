package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ManualTime;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.webflux.spi.Meters;
import io.ctx4j.webflux.spi.Outcome;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.retry.Retry;

class CtxClientFilterTest {
  private static final String HEADER = "X-Request-Timeout-Ms";
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final CompletableFuture<Void> bodyCut = new CompletableFuture<>();
  private final CompletableFuture<Void> uploading = new CompletableFuture<>();
  private DisposableServer server;

  @BeforeEach
  void start() {
    server = HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .route(routes -> routes
            .get("/told", (request, response) -> {
              calls.incrementAndGet();
              told.add(Objects.requireNonNullElse(request.requestHeaders().get(HEADER), "nothing"));
              return response.sendString(Mono.just("told"));
            })
            .get("/fails", (request, response) -> {
              told.add(Objects.requireNonNullElse(request.requestHeaders().get(HEADER), "nothing"));
              return response.status(500).send();
            })
            .get( // bytes that are not counted: reactor-netty loses a string's as the client leaves
                "/soon",
                (request, response) -> response.sendByteArray(
                    Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(10, 31)))
                        .thenReturn("soon".getBytes(StandardCharsets.UTF_8))))
            .get(
                "/to/{host}",
                (request, response) -> response.sendRedirect(
                    "http://" + request.param("host") + ":" + server.port() + "/told"))
            .post(
                "/swallow",
                (request, response) ->
                    request.receive().doOnNext(part -> uploading.complete(null)).then())
            .get("/never", (request, response) -> Mono.never())
            .get(
                "/endless",
                (request, response) -> response.sendString(
                    Flux.interval(Duration.ofMillis(5))
                        .onBackpressureDrop()
                        .map(i -> "line\n")
                        .doOnCancel(() -> bodyCut.complete(null)),
                    StandardCharsets.UTF_8)))
        .bindNow();
  }

  @AfterEach
  void stop() {
    server.disposeNow();
  }

  private WebClient client(CtxClientFilter filter) {
    return WebClient.builder()
        .baseUrl("http://127.0.0.1:" + server.port())
        .filter(filter)
        .build();
  }

  private Mono<String> get(CtxClientFilter filter, String path) {
    return client(filter)
        .get()
        .uri(path)
        .header(HEADER, "123456789")
        .retrieve()
        .bodyToMono(String.class);
  }

  private static <T> Mono<T> in(Ctx ctx, Mono<T> call) {
    return call.contextWrite(CtxOps.put(ctx));
  }

  @Test
  @DisplayName("W6 a done context makes no call")
  void doneContext_call_notMade() {
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.cancel();
    StepVerifier.create(in(ctx, get(new CtxClientFilter(), "/told")))
        .expectErrorMessage("context canceled")
        .verify(Duration.ofSeconds(60));
    assertThat(calls).hasValue(0);
  }

  @Test
  @DisplayName("W6 what remains replaces what the request had")
  void deadline_header_replaced() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      in(ctx, get(new CtxClientFilter(), "/told")).block(Duration.ofSeconds(60));
    }
    assertThat(told).hasSize(1);
    assertThat(Long.parseLong(told.get(0))).isBetween(10_000L, 30_000L);
  }

  @Test
  @DisplayName("W6 without a deadline the header is taken away")
  void noDeadline_header_removed() {
    try (CancelCtx ctx = Ctx.background().withCancel()) {
      in(ctx, get(new CtxClientFilter(), "/told")).block(Duration.ofSeconds(60));
    }
    get(new CtxClientFilter(), "/told").block(Duration.ofSeconds(60));
    assertThat(told).containsExactly("nothing", "nothing");
  }

  @Test
  @DisplayName("W6 other hosts are not told")
  void hosts_listed_othersNotTold() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      in(ctx, get(new CtxClientFilter(List.of("orders.example")), "/told"))
          .block(Duration.ofSeconds(60));
      in(ctx, get(new CtxClientFilter(List.of("127.0.0.1")), "/told"))
          .block(Duration.ofSeconds(60));
    }
    assertThat(told.get(0)).isEqualTo("nothing");
    assertThat(told.get(1)).isNotEqualTo("nothing");
  }

  @Test
  @DisplayName("W6 the header is set anew for each attempt")
  void retry_header_shrinks() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      in(
              ctx,
              get(new CtxClientFilter(), "/fails")
                  .retryWhen(Retry.fixedDelay(2, Duration.ofMillis(20))))
          .onErrorComplete()
          .block(Duration.ofSeconds(60));
    }
    assertThat(told).hasSize(3);
    assertThat(Long.parseLong(told.get(0)) - Long.parseLong(told.get(2)))
        .isGreaterThanOrEqualTo(40);
  }

  @Test
  @DisplayName(
      "W6 a filter further in takes its time: the header says what remains as the request is sent")
  void innerFilter_delays_headerIsFresh() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      CompletableFuture<Long> left = new CompletableFuture<>();
      WebClient client = client(new CtxClientFilter())
          .mutate()
          .filter((request, next) -> Mono.delay(Duration.ofMillis(150)).then(Mono.defer(() -> {
            left.complete(Objects.requireNonNull(ctx.remaining()).toMillis());
            return next.exchange(ClientRequest.from(request)
                .headers(headers -> headers.set(HEADER, "123456789")) // an inbound copy
                .build());
          })))
          .build();
      in(ctx, client.get().uri("/told").retrieve().bodyToMono(String.class))
          .block(Duration.ofSeconds(60));
      assertThat(told).hasSize(1);
      assertThat(Long.parseLong(told.get(0))).isBetween(1L, left.join());
    }
  }

  @Test
  @DisplayName("W6 a filter further in retries: each attempt says what remains then")
  void innerFilter_retries_headerShrinks() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      WebClient client = client(new CtxClientFilter())
          .mutate()
          .filter((request, next) -> next.exchange(request)
              .flatMap(response -> response.statusCode().isError()
                  ? response.<ClientResponse>createError()
                  : Mono.just(response))
              .retryWhen(Retry.fixedDelay(2, Duration.ofMillis(20))))
          .build();
      in(ctx, client.get().uri("/fails").retrieve().bodyToMono(String.class))
          .onErrorComplete()
          .block(Duration.ofSeconds(60));
      assertThat(told).hasSize(3);
      assertThat(Long.parseLong(told.get(0)) - Long.parseLong(told.get(2)))
          .isGreaterThanOrEqualTo(40);
    }
  }

  @Test
  @DisplayName(
      "W6 a redirect to a host that is not listed is not told, one to a host that is listed is")
  void redirect_otherHost_notTold() {
    WebClient client = WebClient.builder()
        .clientConnector(new ReactorClientHttpConnector(HttpClient.create().followRedirect(true)))
        .filter(new CtxClientFilter(List.of("localhost")))
        .build();
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      for (String[] way : new String[][] {{"localhost", "127.0.0.1"}, {"127.0.0.1", "localhost"}}) {
        in(
                ctx,
                client
                    .get()
                    .uri("http://" + way[0] + ":" + server.port() + "/to/" + way[1])
                    .header(HEADER, "123456789")
                    .retrieve()
                    .bodyToMono(String.class))
            .block(Duration.ofSeconds(60));
      }
    }
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).isEqualTo("nothing");
    assertThat(Long.parseLong(told.get(1))).isBetween(1L, 30_000L);
  }

  @Test
  @DisplayName("W6 a call that a context further in ends fails with that context's exception")
  void innerContext_ends_itsException() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      WebClient client = client(new CtxClientFilter())
          .mutate()
          .filter((request, next) -> next.exchange(request)
              .transform(CtxOps.withTimeout(Duration.ofMillis(50)))
              .transform(Mono::from))
          .build();
      StepVerifier.create(in(ctx, client.get().uri("/never").retrieve().bodyToMono(String.class)))
          .expectError(DeadlineExceededException.class)
          .verify(Duration.ofSeconds(60));
      assertThat(ctx.isDone()).isFalse();
    }
  }

  @Test
  @Tag("race")
  @DisplayName(
      "W6 calls that are cut as they are answered: ctx's exception or the answer, and nothing dropped")
  void calls_cutAtRandom_ctxErrorAndNothingDropped() {
    Map<String, Integer> ends = new TreeMap<>();
    Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
    Hooks.onErrorDropped(dropped::add);
    try {
      WebClient client = client(new CtxClientFilter());
      Flux.range(0, 2_000)
          .flatMap(
              i -> client
                  .get()
                  .uri("/soon")
                  .retrieve()
                  .bodyToMono(String.class)
                  .transform(CtxOps.withTimeout(Duration.ofMillis(20)))
                  .transform(Mono::from)
                  .map(answer -> "answered")
                  .onErrorResume(
                      error -> Mono.just(error instanceof CtxException ? "cut" : error.toString())),
              16) // as many connections as the pool has at least
          .doOnNext(end -> ends.merge(end, 1, Integer::sum))
          .blockLast(Duration.ofMinutes(2));
      client.get().uri("/told").retrieve().bodyToMono(String.class).block(Duration.ofSeconds(60));
    } finally {
      Hooks.resetOnErrorDropped();
    }
    System.out.println("calls: " + ends);
    assertThat(ends.keySet()).isSubsetOf("answered", "cut");
    assertThat(dropped).isEmpty();
  }

  @Test
  @DisplayName("W6 what remains is never said to be less than 1, nor too long to be said")
  void remaining_extremes_inRange() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(Long.MAX_VALUE))) {
      in(ctx, get(new CtxClientFilter(), "/told")).block(Duration.ofSeconds(60));
    }
    assertThat(told).hasSize(1);
    assertThat(Long.parseLong(told.get(0))).isPositive();
    for (int i = 0; i < 50; i++) {
      try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofNanos(900_000))) {
        in(ctx, get(new CtxClientFilter(), "/told"))
            .onErrorComplete()
            .block(Duration.ofSeconds(60));
      }
    }
    assertThat(told).allMatch(value -> Long.parseLong(value) >= 1);
  }

  @Test
  @DisplayName("W6 a call that is not answered ends at the deadline")
  void head_deadline_bound() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMillis(100))) {
      StepVerifier.create(in(ctx, get(new CtxClientFilter(), "/never")))
          .expectError(DeadlineExceededException.class)
          .verify(Duration.ofSeconds(60));
    }
  }

  @Test
  @DisplayName("W6 a body that is being sent ends with the context of its call")
  void upload_ctxEnds_bodyCanceled() throws Exception {
    var canceled = new CompletableFuture<Void>();
    Flux<String> endless = Flux.interval(Duration.ofMillis(5))
        .onBackpressureDrop()
        .map(i -> "line\n")
        .doOnCancel(() -> canceled.complete(null));
    List<Throwable> dropped = new CopyOnWriteArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    try (CancelCtx ctx = Ctx.background().withCancel()) {
      Mono<String> call = client(new CtxClientFilter())
          .post()
          .uri("/swallow")
          .contentType(MediaType.TEXT_PLAIN)
          .body(endless, String.class)
          .retrieve()
          .bodyToMono(String.class);
      CompletableFuture<String> answered = in(ctx, call).toFuture();
      assertThat(uploading).succeedsWithin(60, TimeUnit.SECONDS);
      ctx.cancel();
      assertThat(answered)
          .failsWithin(60, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(CanceledException.class);
      assertThat(canceled).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(dropped).isEmpty();
    } finally {
      Hooks.resetOnErrorDropped();
    }
  }

  @Test
  @DisplayName("W6 a body does not outlive the deadline, and its connection is closed")
  void body_deadline_bound() {
    var time = new ManualTime();
    try (CancelCtx ctx = Ctx.root(time).withTimeout(Duration.ofSeconds(1))) {
      CompletableFuture<Void> begun = new CompletableFuture<>();
      WebClient client = client(new CtxClientFilter())
          .mutate()
          .filter((request, next) -> next.exchange(request)
              .map(response -> response
                  .mutate()
                  .body(body -> body.doOnNext(part -> begun.complete(null)))
                  .build()))
          .build();
      CompletableFuture<Throwable> error = new CompletableFuture<>();
      in(ctx, client.get().uri("/endless").retrieve().bodyToMono(String.class))
          .subscribe(text -> {}, error::complete);
      assertThat(begun).succeedsWithin(60, TimeUnit.SECONDS);

      time.advance(Duration.ofSeconds(1));

      assertThat(error).succeedsWithin(60, TimeUnit.SECONDS);
      assertThat(Outcome.find(error.join())).isInstanceOf(DeadlineExceededException.class);
      assertThat(bodyCut).succeedsWithin(60, TimeUnit.SECONDS);
    }
  }

  @Test
  @DisplayName("W6 a body that is subscribed to when its context is done gives its connection back")
  void body_subscribedToLate_connectionClosed() {
    CancelCtx ctx = Ctx.background().withCancel();
    Mono<Void> call = client(new CtxClientFilter())
        .get()
        .uri("/endless")
        .exchangeToMono(response -> {
          ctx.cancel();
          return response.bodyToMono(String.class).then();
        });
    StepVerifier.create(in(ctx, call)).expectError().verify(Duration.ofSeconds(60));
    assertThat(bodyCut).succeedsWithin(60, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("W9 a filter that only observes leaves the header as it is")
  void observing_header_left() {
    try (CancelCtx ctx = Ctx.background().withTimeout(Duration.ofSeconds(30))) {
      in(ctx, get(new CtxClientFilter(List.of(), false, Meters.NONE), "/told"))
          .block(Duration.ofSeconds(60));
    }
    assertThat(told).containsExactly("123456789");
  }

  @Test
  @DisplayName(
      "W6 a callee that ends the same budget a moment earlier: the deadline's error, not the wire's")
  void exchange_failsAsTheBudgetEnds_isTheDeadline() {
    VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    CancelCtx ctx = Ctx.root(CtxOps.timeSource(clock)).withTimeout(Duration.ofMillis(10));
    ClientRequest request =
        ClientRequest.create(HttpMethod.GET, URI.create("http://127.0.0.1/")).build();
    Mono<ClientResponse> call = new CtxClientFilter()
        .filter(request, told -> Mono.error(new IOException("closed")))
        .contextWrite(CtxOps.put(ctx));

    StepVerifier.create(call).verifyError(IOException.class);
    clock.advanceTimeBy(Duration.ofMillis(9));
    StepVerifier.create(call)
        .then(() -> clock.advanceTimeBy(Duration.ofMillis(1)))
        .verifyError(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("W6 what a call says once its context is done is for nobody, and no dropped error")
  void exchange_failsOnceDone_noDroppedError() {
    CancelCtx ctx = Ctx.background().withCancel();
    ClientRequest request =
        ClientRequest.create(HttpMethod.GET, URI.create("http://127.0.0.1/")).build();
    TestPublisher<ClientResponse> answer =
        TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
    Mono<ClientResponse> call =
        new CtxClientFilter().filter(request, told -> answer.mono()).contextWrite(CtxOps.put(ctx));

    StepVerifier.create(call)
        .then(ctx::cancel)
        .then(() -> answer.error(new IOException("closed")))
        .expectErrorMessage("context canceled")
        .verifyThenAssertThat(Duration.ofSeconds(60))
        .hasNotDroppedErrors();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "bytes", "parts", "entity", "json", "ignored"})
  @DisplayName(
      "W6 what comes of a body when its context is done is released once, whoever reads it")
  void body_lateElement_releasedOnce(String reader) {
    var buffers = new NettyDataBufferFactory(UnpooledByteBufAllocator.DEFAULT);
    NettyDataBuffer late = buffers.allocateBuffer(8);
    late.retain(); // by the connection, which releases it once it has handed it on
    TestPublisher<DataBuffer> body =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    WebClient.ResponseSpec response = WebClient.builder()
        .filter(new CtxClientFilter())
        .exchangeFunction(request -> Mono.just(ClientResponse.create(HttpStatus.OK)
            .header("Content-Type", reader.equals("json") ? "application/json" : "text/plain")
            .body(body.flux())
            .build()))
        .build()
        .get()
        .uri("http://orders.example/")
        .retrieve();
    Publisher<?> read = switch (reader) {
      case "text" -> response.bodyToMono(String.class);
      case "bytes" -> response.bodyToMono(byte[].class);
      case "parts" -> response.bodyToFlux(DataBuffer.class);
      case "entity" -> response.toEntity(String.class);
      case "json" -> response.bodyToMono(Map.class);
      default -> response.toBodilessEntity();
    };
    CancelCtx ctx = Ctx.background().withCancel();
    Flux.from(read).contextWrite(CtxOps.put(ctx)).subscribe(element -> {}, error -> {});
    ctx.cancel();
    body.next(late);
    assertThat(late.getNativeBuffer().refCnt()).isEqualTo(1);
  }
}

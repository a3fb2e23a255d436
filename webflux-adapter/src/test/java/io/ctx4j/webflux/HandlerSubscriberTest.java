package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.AtOnce;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.publisher.TestPublisher;

/** Handlers and servers that keep to Reactor's protocol as badly as they can. */
class HandlerSubscriberTest {
  private static final int RACES = Integer.getInteger("ctx4j.test.races", 5_000);

  private final CancelCtx root = Ctx.background().withCancel();
  private final MockServerWebExchange exchange =
      MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
  private final List<Throwable> dropped = new ArrayList<>();

  @BeforeEach
  void hook() {
    Hooks.onErrorDropped(dropped::add);
  }

  @AfterEach
  void leavesNothing() {
    Hooks.resetOnErrorDropped();
    assertThat(root.isDone() || root.tree().lines().count() == 1).isTrue();
  }

  private Mono<Void> filtered(WebFilterChain chain) {
    return filtered(exchange, chain);
  }

  private Mono<Void> filtered(ServerWebExchange exchange, WebFilterChain chain) {
    return new CtxWebFilter(
            root, CtxWebSettings.builder().defaultTimeout(Duration.ofMinutes(5)).build())
        .filter(exchange, chain);
  }

  /** What a server is told. */
  private static class Server extends BaseSubscriber<Void> {
    final List<Object> told = new ArrayList<>();

    @Override
    protected void hookOnError(Throwable error) {
      told.add(error);
    }

    @Override
    protected void hookOnComplete() {
      told.add("completed");
    }
  }

  /** One that has gone, and says nothing of what it is told then. */
  private static final class Disposed implements CoreSubscriber<Void> {
    private @Nullable Subscription subscription;

    @Override
    public void onSubscribe(Subscription subscription) {
      this.subscription = subscription;
    }

    void cancel() {
      Objects.requireNonNull(subscription).cancel();
    }

    @Override
    public void onNext(Void never) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}
  }

  private @Nullable HttpStatus status() {
    return (HttpStatus) exchange.getResponse().getStatusCode();
  }

  @Test
  @DisplayName(
      "W4 a handler that does not come with its subscription is answered for, and canceled when it does")
  void handler_neverSubscribes_answered() {
    AtomicReference<@Nullable CoreSubscriber<? super Void>> late = new AtomicReference<>();
    var server = new Server();
    filtered(gated -> new Mono<>() {
          @Override
          public void subscribe(CoreSubscriber<? super Void> actual) {
            late.set(actual);
          }
        })
        .subscribe(server);
    root.cancel();
    assertThat(server.told).containsExactly("completed");
    assertThat(status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);

    var canceled = new AtomicInteger();
    CoreSubscriber<? super Void> handler = Objects.requireNonNull(late.get());
    handler.onSubscribe(counting(canceled));
    handler.onSubscribe(counting(canceled));
    handler.onError(new IllegalStateException("late"));
    handler.onComplete();
    assertThat(canceled).hasValue(2);
    assertThat(server.told).containsExactly("completed");
    assertThat(dropped).isEmpty(); // it was cut short: nobody wants to know
  }

  private static Subscription counting(AtomicInteger canceled) {
    return new Subscription() {
      @Override
      public void request(long n) {}

      @Override
      public void cancel() {
        canceled.incrementAndGet();
      }
    };
  }

  @Test
  @DisplayName("W4 what a handler says after its end is dropped as Reactor drops it")
  void handler_errorAfterCompletion_dropped() {
    TestPublisher<Void> handler =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    var server = new Server();
    filtered(gated -> handler.mono()).subscribe(server);
    handler.complete();
    var late = new IllegalStateException("late");
    handler.error(late);
    handler.complete();
    assertThat(server.told).containsExactly("completed");
    assertThat(dropped).containsExactly(late);
  }

  @Test
  @DisplayName("W4 once it is cut a handler is canceled, and whatever it still says is for nobody")
  void handler_errorAfterCut_quiet() {
    TestPublisher<Void> handler =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    var server = new Server();
    filtered(gated -> handler.mono()).subscribe(server);
    root.cancel();
    handler.assertCancelled();
    handler.error(new IllegalStateException("late"));
    assertThat(server.told).containsExactly("completed");
    assertThat(status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(dropped).isEmpty();
  }

  @Test
  @DisplayName(
      "W4 a handler that throws when it is canceled is answered for, and that is quiet, too")
  void handler_throwsOnCancel_answered() {
    var server = new Server();
    filtered(gated -> Mono.<Void>never().doOnCancel(() -> {
          throw new IllegalStateException("on cancel");
        }))
        .subscribe(server);
    root.cancel();
    assertThat(server.told).containsExactly("completed");
    assertThat(status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
  }

  @Test
  @DisplayName("W5 a server that cancels as it gets its subscription runs no handler")
  void server_cancelsAtOnce_nothingRun() {
    var run = new AtomicBoolean();
    filtered(gated -> Mono.fromRunnable(() -> run.set(true))).subscribe(new Server() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.cancel();
      }
    });
    assertThat(run).isFalse();
  }

  @Test
  @DisplayName("W5 a server that cancels: the context says why before the handler is canceled")
  void server_cancels_causeFirst() {
    List<Object> causes = new ArrayList<>();
    var server = new Server();
    filtered(gated -> Mono.<Void>never()
            .doOnCancel(
                () -> causes.add(Objects.requireNonNullElse(CtxWeb.ctx(gated).cause(), "none"))))
        .subscribe(server);
    server.cancel();
    server.cancel();
    assertThat(causes).hasOnlyElementsOfType(ClientGoneException.class).hasSize(1);
    root.cancel();
    assertThat(server.told).isEmpty();
    assertThat(status()).isNull();
  }

  @Test
  @Tag("race")
  @DisplayName(
      "W5 races of a server's cancel and a handler's error: that is quiet, whoever was first")
  void server_cancelsAsHandlerFails_quiet() {
    var error = new IllegalStateException("the client is gone");
    for (int race = 0; race < RACES; race++) {
      AtomicReference<@Nullable CoreSubscriber<? super Void>> subscriber = new AtomicReference<>();
      var server = new Disposed();
      filtered(MockServerWebExchange.from(MockServerHttpRequest.get("/x")), gated -> new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Void> actual) {
              actual.onSubscribe(Operators.emptySubscription());
              subscriber.set(actual);
            }
          })
          .subscribe(server);
      CoreSubscriber<? super Void> handler = Objects.requireNonNull(subscriber.get());
      AtOnce.run(server::cancel, () -> handler.onError(error));
      assertThat(dropped).as("race %d", race).isEmpty();
    }
  }

  @Test
  @DisplayName("W5 a server that cancels while the filter's answer is written cancels that")
  void server_cancelsAnswer_canceled() {
    CompletableFuture<Void> canceled = new CompletableFuture<>();
    exchange
        .getResponse()
        .setWriteHandler(body -> Mono.<Void>never().doOnCancel(() -> canceled.complete(null)));
    var server = new Server();
    filtered(gated -> Mono.never()).subscribe(server);
    root.cancel();
    assertThat(canceled).isNotDone();
    server.cancel();
    assertThat(canceled).isDone();
    assertThat(server.told).isEmpty();
  }

  @Test
  @DisplayName("W4 an answer that cannot be written is an error of the server's")
  void answer_fails_serverTold() {
    var broken = new IllegalStateException("broken");
    exchange.getResponse().setWriteHandler(body -> Mono.error(broken));
    var server = new Server();
    filtered(gated -> Mono.never()).subscribe(server);
    root.cancel();
    assertThat(server.told).containsExactly(broken);
  }

  @Test
  @DisplayName("W4 a handler that is cut while it cancels a context of its own is answered once")
  void handler_reentersCut_answeredOnce() {
    var server = new Server();
    filtered(gated -> Mono.<Void>never().doOnCancel(() -> CtxWeb.ctx(gated).onDone(root::cancel)))
        .subscribe(server);
    root.cancel();
    assertThat(server.told).containsExactly("completed");
  }

  @Test
  @DisplayName("W1 what a handler sees in its Context is its Ctx, beside what the server wrote")
  void handler_context_ctxBesideServers() {
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    filtered(gated -> Mono.deferContextual(view -> {
          seen.set(List.of(view.get(Ctx.class) == CtxWeb.ctx(gated), view.<String>get("key")));
          return Mono.empty();
        }))
        .contextWrite(context -> context.put("key", "the server's"))
        .block(Duration.ofSeconds(60));
    assertThat(seen.get()).isEqualTo(List.of(true, "the server's"));
  }

  @Test
  @DisplayName("W1 the handler's pipeline can be scanned through the filter")
  void subscriber_scanned_leadsToServer() {
    AtomicReference<@Nullable Scannable> subscriber = new AtomicReference<>();
    var server = new Server();
    filtered(gated -> new Mono<>() {
          @Override
          public void subscribe(CoreSubscriber<? super Void> actual) {
            subscriber.set(Scannable.from(actual));
            Operators.complete(actual);
          }
        })
        .subscribe(server);
    Scannable scanned = Objects.requireNonNull(subscriber.get());
    assertThat(scanned.scanUnsafe(Attr.ACTUAL)).isSameAs(server);
    assertThat(scanned.scan(Attr.RUN_STYLE)).isEqualTo(Attr.RunStyle.SYNC);
    assertThat(server.told).containsExactly("completed");
  }

  @Test
  @DisplayName("W4 an error that carries another context's end is answered by what that was")
  void handler_othersContextEnds_answered() {
    CancelCtx other = Ctx.background().withCancel();
    other.cancel();
    CtxException err = Objects.requireNonNull(other.err());
    assertThat(err).isInstanceOf(CanceledException.class);
    var server = new Server();
    filtered(gated -> Mono.error(new IllegalStateException(err))).subscribe(server);
    assertThat(server.told).containsExactly("completed");
    assertThat(status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
  }

  @Test
  @DisplayName("W7 an event stream that begins when its exchange is over leaves no context")
  void eventStream_afterEnd_nothingLeft() {
    AtomicReference<@Nullable ServerWebExchange> kept = new AtomicReference<>();
    var server = new Server();
    filtered(gated -> {
          kept.set(gated);
          return Mono.never();
        })
        .subscribe(server);
    server.cancel();
    ServerHttpResponse response = Objects.requireNonNull(kept.get()).getResponse();
    response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
    AtomicReference<@Nullable Throwable> cause = new AtomicReference<>();
    response
        .writeAndFlushWith(
            CtxOps.current().doOnNext(ctx -> cause.set(ctx.cause())).then(Mono.empty()))
        .subscribe(nothing -> {}, late -> {});
    assertThat(cause.get()).isInstanceOf(ClientGoneException.class);
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * A pool of one connection, and one thread that serves it: what one call does to it, the next one
 * sees.
 */
class PooledConnectionTest {
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch goesOn = new CountDownLatch(1);
  private final ConnectionProvider pool = ConnectionProvider.create("one", 1);
  private final LoopResources loop = LoopResources.create("one", 1, true);
  private DisposableServer server;

  @BeforeEach
  void start() {
    server = HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .route(routes -> routes
            .get(
                "/late",
                (request, response) ->
                    response.status(504).header("X-Late", "1").sendString(Mono.just("late")))
            .get("/next", (request, response) -> response.sendString(Mono.just("next"))))
        .bindNow();
  }

  @AfterEach
  void stop() {
    goesOn.countDown();
    server.disposeNow();
    pool.disposeLater().block(Duration.ofSeconds(60));
    loop.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(Duration.ofSeconds(60));
  }

  /**
   * Holds the connection's thread as it reads a late response: what it is given to do meanwhile has
   * to wait.
   */
  private final class Hold extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      if (message instanceof HttpResponse response && response.headers().contains("X-Late")) {
        arrived.countDown();
        assertThat(goesOn.await(60, TimeUnit.SECONDS)).isTrue();
      }
      super.channelRead(context, message);
    }
  }

  private CompletableFuture<String> get(String path, Ctx ctx) {
    HttpClient client = HttpClient.create(pool)
        .runOn(loop)
        .doOnConnected(connection -> connection.addHandlerLast(new Hold()));
    return WebClient.builder()
        .clientConnector(new ReactorClientHttpConnector(client))
        .baseUrl("http://127.0.0.1:" + server.port())
        .filter(new CtxClientFilter())
        .build()
        .get()
        .uri(path)
        .retrieve()
        .bodyToMono(String.class)
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
  }

  @Test
  @DisplayName(
      "W6 a context that is done as the response comes in ends its own call at once, and no other")
  void done_asResponseArrives_nextCallUnharmed() throws Exception {
    CancelCtx ctx = Ctx.background().withCancel();
    CompletableFuture<String> late = get("/late", ctx);
    assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<String> next = get("/next", Ctx.background()); // waits for the connection

    ctx.cancel();
    assertThat(late)
        .failsWithin(Duration.ofSeconds(60))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(CanceledException.class);
    goesOn.countDown();

    assertThat(next).succeedsWithin(Duration.ofSeconds(60)).isEqualTo("next");
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.testing.Await;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/** Who waits for the exchanges that a shutdown ends closes their connections next. */
class ClosingTest {
  private final CancelCtx root = Ctx.background().withCancel();
  private final LiveExchanges live = new LiveExchanges();
  private final CtxWebFilter filter = new CtxWebFilter(
      root, CtxWebSettings.builder().build(), live, Meters.NONE, exchange -> false);
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** One that writes its last words when it is told, and takes its time for that. */
  private final class Server extends BaseSubscriber<Void> {
    @Override
    protected void hookOnComplete() {
      told.countDown();
      try {
        assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private Thread waiting() {
    var waiting = new Thread(() -> {
      try {
        live.awaitNone(Duration.ofMinutes(1));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    waiting.start();
    return waiting;
  }

  @Test
  @DisplayName(
      "W7 what a shutdown ends is waited for until its server has been told, and has written that")
  void awaitNone_serverIsBeingTold_waits() throws Exception {
    filter.filter(exchange(), exchange -> Mono.never()).subscribe(new Server());
    live.closing();
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(() -> root.cancel(new ShutdownException()));
    assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
    Await.until(() -> live.size() == 0, () -> "it is live");

    Thread waiting = waiting();
    Await.until(
        () -> waiting.getState() == Thread.State.TIMED_WAITING || !waiting.isAlive(),
        () -> "it neither waits nor has waited");
    assertThat(waiting.isAlive()).isTrue();

    goOn.countDown();
    waiting.join();
    assertThat(ended).succeedsWithin(60, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("W7 a service that is stopped answers with 503 until it starts again")
  void stop_requestsOfBeforeAndAfter_503UntilStart() {
    MockServerWebExchange before = exchange();
    MockServerWebExchange after = exchange();
    MockServerWebExchange again = exchange();
    CompletableFuture<Void> begun = filter(before, Mono.never());

    live.stop(new ShutdownException());

    assertThat(begun).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(filter(after, Mono.never())).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(before.getResponse().getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(after.getResponse().getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);

    live.start();

    assertThat(filter(again, Mono.empty())).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(again.getResponse().getStatusCode()).isNull();
    assertThat(live.streamsEnd()).isNull();
    assertThat(live.signaling()).isFalse();
    assertThat(root.tree().lines()).hasSize(1);
  }

  private static MockServerWebExchange exchange() {
    return MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
  }

  private CompletableFuture<Void> filter(MockServerWebExchange exchange, Mono<Void> handler) {
    return filter.filter(exchange, handled -> handler).toFuture();
  }

  @Test
  @DisplayName("W7 nobody waits for one that ended before")
  void signaling_notClosing_isNotCounted() throws Exception {
    assertThat(live.signaling()).isFalse();

    live.awaitNone(Duration.ofDays(1));
  }
}

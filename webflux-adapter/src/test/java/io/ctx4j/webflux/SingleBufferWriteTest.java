package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.AtOnce;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.TestPublisher;

/** Bodies of one part, their buffers counted. */
class SingleBufferWriteTest {
  private final NettyDataBufferFactory buffers =
      new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT);
  private final NettyDataBuffer buffer = buffers.allocateBuffer(8);
  private final CancelCtx root = Ctx.background().withCancel();
  private final MockServerWebExchange exchange =
      MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
  private @Nullable ServerHttpResponse response;

  @AfterEach
  void allIsReleased() {
    Hooks.resetOnErrorDropped();
    assertThat(buffer.getNativeBuffer().refCnt()).isZero();
  }

  /** Writes it as a handler would. */
  private Mono<Void> written(Mono<DataBuffer> body) {
    return new CtxWebFilter(root, CtxWebSettings.builder().build()).filter(exchange, gated -> {
      response = gated.getResponse();
      response.getHeaders().setContentLength(8);
      return response.writeWith(body);
    });
  }

  private ServerHttpResponse response() {
    return Objects.requireNonNull(response);
  }

  private void release() {
    buffer.getNativeBuffer().release();
  }

  @Test
  @DisplayName("W4 a part is written, and whoever writes it releases it")
  void part_comes_written() {
    List<DataBuffer> seen = new ArrayList<>();
    exchange.getResponse().setWriteHandler(body -> body.doOnNext(seen::add).then());
    written(Mono.just(buffer)).block(Duration.ofSeconds(60));
    assertThat(seen).containsExactly(buffer);
    assertThat(exchange.getResponse().getHeaders().getContentLength()).isEqualTo(8);
  }

  @Test
  @DisplayName("W4 no part: nothing is written or committed")
  void part_none_nothingWritten() {
    written(Mono.empty()).block(Duration.ofSeconds(60));
    assertThat(response().isCommitted()).isFalse();
    release();
  }

  @Test
  @DisplayName("W4 a body that fails takes its content headers along")
  void body_fails_headersCleared() {
    var broken = new IllegalStateException("broken");
    AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
    written(Mono.error(broken)).subscribe(nothing -> {}, error::set);
    assertThat(error.get()).isSameAs(broken);
    assertThat(exchange.getResponse().getHeaders().headerNames()).isEmpty();
    assertThat(exchange.getResponse().isCommitted()).isFalse();
    release();
  }

  @Test
  @DisplayName("W4 a part that comes after the cut is released, whatever its source does")
  void part_afterCut_released() {
    TestPublisher<DataBuffer> body =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    written(Mono.fromDirect(body)).subscribe();
    root.cancel();
    body.assertCancelled();
    body.next(buffer);
    body.complete();
    assertThat(exchange.getResponse().getStatusCode()).hasToString("503 SERVICE_UNAVAILABLE");
    assertThat(exchange.getResponse().getHeaders().getContentLength()).isNotEqualTo(8);
  }

  @Test
  @DisplayName("W4 a handler that goes on when it is cut: its part is released, and it hears why")
  void part_afterCutOfDetached_late() {
    Sinks.One<DataBuffer> body = Sinks.one();
    AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
    new CtxWebFilter(root, CtxWebSettings.builder().build())
        .filter(exchange, gated -> {
          gated.getResponse().writeWith(body.asMono()).subscribe(nothing -> {}, error::set);
          return Mono.never();
        })
        .subscribe();
    root.cancel();
    body.tryEmitValue(buffer);
    assertThat(error.get()).isInstanceOf(LateException.class);
    assertThat(exchange.getResponse().getStatusCode()).hasToString("503 SERVICE_UNAVAILABLE");
  }

  @Test
  @DisplayName("W5 the client goes before the part comes: its source is canceled")
  void server_cancelsBeforePart_sourceCanceled() {
    TestPublisher<DataBuffer> body = TestPublisher.create();
    Disposable server = written(Mono.fromDirect(body)).subscribe();
    server.dispose();
    body.assertCancelled();
    release();
  }

  @Test
  @DisplayName("W5 the client goes as the part is written: the writing is canceled")
  void server_cancelsWriting_canceled() {
    var canceled = Sinks.empty();
    exchange
        .getResponse()
        .setWriteHandler(body -> Mono.<Void>never().doOnCancel(canceled::tryEmitEmpty));
    Disposable server = written(Mono.just(buffer)).subscribe();
    server.dispose();
    canceled.asMono().block(Duration.ofSeconds(60));
  }

  @Test
  @DisplayName(
      "W4 what is dropped on its way to the part is released, and other things are others' business")
  void part_dropped_discarded() {
    List<Object> discarded = new ArrayList<>();
    written(Mono.just("not a buffer")
            .filter(text -> false)
            .then(Mono.just((DataBuffer) buffer).filter(some -> false)))
        .doOnDiscard(Object.class, discarded::add)
        .block(Duration.ofSeconds(60));
    assertThat(discarded).containsExactly("not a buffer");
  }

  @Test
  @Tag("race")
  @DisplayName(
      "W4 W5 the client goes as the commit actions of a part have run: it is written or released, not both")
  void part_preparedAsClientGoes_releasedOnce() {
    release();
    var single = new NettyDataBufferFactory(new UnpooledByteBufAllocator(false));
    var filter = new CtxWebFilter(root, CtxWebSettings.builder().build());
    for (int i = 0; i < 20_000; i++) {
      NettyDataBuffer part = single.allocateBuffer(8);
      var one = MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
      List<Integer> counts = new CopyOnWriteArrayList<>();
      one.getResponse()
          .setWriteHandler(body -> body.doOnNext(written -> {
                counts.add(part.getNativeBuffer().refCnt());
                DataBufferUtils.release(written);
              })
              .then());
      Sinks.Empty<Void> action = Sinks.empty();
      Disposable server = filter
          .filter(one, gated -> {
            gated.getResponse().beforeCommit(action::asMono);
            return gated.getResponse().writeWith(Mono.just(part));
          })
          .subscribe();
      AtOnce.run(action::tryEmitEmpty, server::dispose);
      assertThat(counts).isIn(List.of(), List.of(1));
    }
  }

  @Test
  @DisplayName(
      "W5 the client goes as the write has failed: the part has been released, and is somebody else's")
  void server_cancelsFailedWrite_nothingReleasedAgain() {
    exchange
        .getResponse()
        .setWriteHandler(body -> Mono.error(new IllegalStateException("the connection is closed")));
    release();
    var memory = new Reused();
    Sinks.One<DataBuffer> body = Sinks.one();
    AtomicReference<@Nullable Disposable> server = new AtomicReference<>();
    server.set(new CtxWebFilter(root, CtxWebSettings.builder().build())
        .filter(
            exchange,
            gated -> gated.getResponse().writeWith(body.asMono()).doOnError(failed -> {
              memory.use(); // as any other thread may
              Objects.requireNonNull(server.get()).dispose();
            }))
        .subscribe());
    body.tryEmitValue(buffers.wrap(memory));
    assertThat(memory.uses).isEqualTo(2);
    assertThat(memory.refCnt()).isEqualTo(1);
  }

  /** What a pool does with a buffer that has been released. */
  private static final class Reused extends UnpooledHeapByteBuf {
    private int uses = 1;

    Reused() {
      super(UnpooledByteBufAllocator.DEFAULT, 8, 8);
    }

    @Override
    protected void deallocate() {}

    void use() {
      assertThat(refCnt()).isZero();
      resetRefCnt();
      uses++;
    }
  }

  @Test
  @DisplayName("W4 a second part is released, an error after the part dropped")
  void source_violatesProtocol_nothingLost() {
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    exchange.getResponse().setWriteHandler(body -> body.doOnNext(first -> {}).then());
    DataBuffer first = buffers.allocateBuffer(8);
    TestPublisher<DataBuffer> body = TestPublisher.createNoncompliant(
        TestPublisher.Violation.CLEANUP_ON_TERMINATE, TestPublisher.Violation.REQUEST_OVERFLOW);
    written(new Violating(body)).subscribe();
    body.next(first);
    body.next(buffer);
    var late = new IllegalStateException("late");
    body.error(late);
    assertThat(dropped).containsExactly(late);
  }

  /** A Mono with as many elements as its source. */
  private static final class Violating extends Mono<DataBuffer> {
    private final TestPublisher<DataBuffer> source;

    Violating(TestPublisher<DataBuffer> source) {
      this.source = source;
    }

    @Override
    public void subscribe(reactor.core.CoreSubscriber<? super DataBuffer> actual) {
      source.subscribe(actual);
    }
  }
}

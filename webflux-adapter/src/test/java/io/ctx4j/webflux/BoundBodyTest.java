package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;

/** A source that says one thing more once it is canceled, as sources may. */
class BoundBodyTest {
  private final NettyDataBufferFactory buffers =
      new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT);
  private final NettyDataBuffer buffer = buffers.allocateBuffer(8);
  private final CancelCtx ctx = Ctx.background().withCancel();

  @AfterEach
  void isReleasedOnce() {
    assertThat(buffer.getNativeBuffer().refCnt()).isZero();
  }

  private <T> void comesTooLate(T element) {
    TestPublisher<T> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
    List<Throwable> errors = new ArrayList<>();
    BoundBody.of(source.flux(), ctx).subscribe(unexpected -> {}, errors::add);
    ctx.cancel();
    source.next(element);
    assertThat(errors).singleElement().isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("W4 a buffer that comes when its context is done is released")
  void buffer_tooLate_released() {
    comesTooLate((DataBuffer) buffer);
  }

  @Test
  @DisplayName("W4 and so is what a group of them has at hand, as Spring's writers make it")
  void group_tooLate_released() {
    this.<Publisher<DataBuffer>>comesTooLate(
        Mono.<DataBuffer>just(buffer).doOnDiscard(DataBuffer.class, DataBufferUtils::release));
  }

  @Test
  @DisplayName("W4 what the rest of a group waits for is not")
  void group_neverEnds_released() {
    this.<Publisher<DataBuffer>>comesTooLate(
        Flux.<DataBuffer>just(buffer).concatWith(Flux.never()));
  }
}

package io.ctx4j.webflux;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Writes a body of one part: when it has come, and if the gate lets it through.
 *
 * <p>It is {@code flatMap}, {@code doOnError} and {@code doOnDiscard} in one, since nearly every
 * response is written so. As with those, an empty body writes nothing, and a body that fails clears
 * the content headers.
 */
final class SingleBufferWrite extends Mono<Void> {
  private final Mono<? extends DataBuffer> body;
  private final GatedResponse response;

  SingleBufferWrite(Mono<? extends DataBuffer> body, GatedResponse response) {
    this.body = body;
    this.response = response;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> writer) {
    body.subscribe(new SingleBufferSubscriber(response, writer));
  }
}

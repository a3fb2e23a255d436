package io.ctx4j.rxjava3;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a stream of a test is bound to; a timeout makes it a child of the context per subscription.
 */
record Binding(Ctx ctx, @Nullable Duration timeout) {

  static Binding to(Ctx ctx) {
    return new Binding(ctx, null);
  }

  static Binding within(Ctx parent, Duration timeout) {
    return new Binding(parent, timeout);
  }

  <T> CtxTransformer<T> rx() {
    return timeout == null ? RxCtxOps.bind(ctx) : RxCtxOps.withTimeout(ctx, timeout);
  }

  <T> Flux<T> apply(Flux<T> flux) {
    return timeout == null
        ? flux.transform(CtxOps.bind(ctx))
        : flux.transform(CtxOps.withTimeout(timeout)).contextWrite(CtxOps.put(ctx));
  }

  <T> Mono<T> apply(Mono<T> mono) {
    return timeout == null
        ? mono.transform(CtxOps.bind(ctx))
        : mono.transform(CtxOps.withTimeout(timeout)).contextWrite(CtxOps.put(ctx));
  }
}

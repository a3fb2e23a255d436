package io.ctx4j.examples.guide;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Coming from {@code timeout}, {@code takeUntilOther} and their kind. */
final class MigratingGuide {
  private final Prices prices;
  private final Duration second = Duration.ofSeconds(1);

  MigratingGuide(Prices prices) {
    this.prices = prices;
  }

  interface Prices {
    Flux<Integer> of(long order);

    int last();
  }

  // region timeout
  Mono<Integer> before(long order) {
    // a second from element to element
    return prices.of(order).timeout(second).reduce(Integer::sum);
  }

  Mono<Integer> after(long order) {
    // a second for all of it, and never longer than the caller has
    return prices.of(order).reduce(Integer::sum).transform(CtxOps.withTimeout(second));
  }

  // endregion

  // region fallback
  Mono<Integer> orLastKnown(Mono<Integer> total) {
    return total.onErrorResume(
        DeadlineExceededException.class, late -> Mono.fromSupplier(prices::last));
  }

  // endregion

  // region translate
  <T> Mono<T> asBefore(Mono<T> bound) {
    // for handlers that cannot change yet
    return bound.onErrorMap(
        DeadlineExceededException.class, late -> new TimeoutException(late.getMessage()));
  }

  // endregion

  // region ownOrCallers
  <T> Mono<T> unlessMine(Ctx ctx, Mono<T> bound, Mono<T> fallback) {
    // where ctx has ended, nobody waits for a fallback
    return bound.onErrorResume(
        CtxException.class, end -> ctx.isDone() ? Mono.error(end) : fallback);
  }
  // endregion
}

package io.ctx4j.examples.guide;

import io.ctx4j.Ctx;
import io.ctx4j.CtxPublishers;
import io.ctx4j.reactor.CtxOps;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Function;
import org.reactivestreams.FlowAdapters;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Recipes for streams. */
final class StreamGuide {
  private StreamGuide() {}

  // region fanOut
  static Mono<Integer> sum(Ctx ctx, List<Mono<Integer>> calls) {
    return Flux.merge(calls) // the first error cancels the others: nothing of ours is needed
        .reduce(Integer::sum)
        .transform(CtxOps.bind(ctx));
  }

  // endregion

  // region retry
  static <T> Mono<T> patient(Ctx ctx, Mono<T> call) {
    return call.transform(CtxOps.withTimeout(Duration.ofMillis(200))) // each attempt has its own
        .retryWhen(CtxOps.retry(ctx, 5, Duration.ofMillis(20)).maxBackoff(Duration.ofSeconds(1)))
        .transform(CtxOps.bind(ctx)); // all of them share this one
  }

  // endregion

  // region shared
  static <T> Mono<T> shared(Mono<T> load) {
    return load.transform(CtxOps.withTimeout(Duration.ofSeconds(5))) // its own end
        .transform(CtxOps.isolate()) // sees no caller: neither its values nor its end
        .cache(Duration.ofMinutes(1)); // and no caller cancels it
  }

  static <T> Mono<T> mine(Ctx ctx, Mono<T> shared) {
    return shared.transform(CtxOps.bind(ctx)); // ends the wait, not the load
  }

  // endregion

  // region transaction
  static <C, T> Mono<T> inTransaction(
      Ctx ctx,
      Mono<C> begin,
      Function<C, Mono<T>> work,
      Function<C, Mono<Void>> commit,
      Function<C, Mono<Void>> rollback) {
    return Mono.usingWhen(
        begin,
        tx ->
            work.apply(tx).transform(CtxOps.bind(ctx)), // an error here: the rollback is waited for
        commit,
        (tx, error) -> rollback.apply(tx),
        rollback);
  }

  // endregion

  // region schedule
  static Flux<Void> everyMinute(Ctx root, Mono<Void> job) {
    return Flux.interval(Duration.ofMinutes(1))
        .onBackpressureDrop()
        .concatMap(tick -> job.transform(CtxOps.withTimeout(Duration.ofSeconds(30))), 1)
        .onErrorContinue((error, tick) -> System.err.println(error)) // the job's; the next one runs
        .transform(CtxOps.bind(root)); // ends at shutdown, with root's error
  }

  // endregion

  // region flow
  static <T> Flow.Publisher<T> bound(Ctx ctx, Flow.Publisher<T> flow) {
    Publisher<T> publisher = FlowAdapters.toPublisher(flow);
    return FlowAdapters.toFlowPublisher(CtxPublishers.bind(ctx, publisher));
  }

  // endregion
}

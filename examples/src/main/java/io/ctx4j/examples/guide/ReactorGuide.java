package io.ctx4j.examples.guide;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.CtxKey;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.reactor.CtxThread;
import java.time.Duration;
import java.util.concurrent.Callable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** The quickstart for Reactor. */
final class ReactorGuide {
  // region key
  static final CtxKey<String> USER = CtxKey.named("user");

  // endregion

  private final Inventory inventory;
  private final Prices prices;

  ReactorGuide(Inventory inventory, Prices prices) {
    this.inventory = inventory;
    this.prices = prices;
  }

  interface Inventory {
    Flux<String> items(long order);
  }

  interface Prices {
    Mono<Integer> of(String item);
  }

  // region answer
  Mono<Integer> total(Ctx ctx, long order) {
    return inventory
        .items(order) // a query
        .flatMap(prices::of) // a call for each row
        .reduce(Integer::sum)
        .transform(CtxOps.bind(ctx)); // one budget for all of it
  }

  // endregion

  // region derive
  Mono<Integer> checkout(Ctx caller, long order) {
    return Mono.using(
        () -> caller.withTimeout(Duration.ofSeconds(2)), // never later than the caller's deadline
        ctx -> total(ctx.withValue(USER, "ada"), order), // the callee can read it, not cancel it
        CancelCtx::close);
  }

  // endregion

  // region values
  Mono<String> greeting() {
    return Mono.deferContextual(view -> Mono.just("Hello " + view.get(USER)));
  }

  Mono<String> greetingFor(Ctx ctx) {
    return greeting().transform(CtxOps.bind(ctx)); // what stands above sees ctx and its values
  }

  // endregion

  // region attempts
  Mono<Integer> patient(Ctx ctx, String item) {
    return prices
        .of(item)
        .transform(CtxOps.withTimeout(Duration.ofMillis(200))) // each attempt has its own
        .retryWhen(Retry.backoff(5, Duration.ofMillis(20)).filter(CtxOps.retryable(ctx)))
        .transform(CtxOps.bind(ctx)); // all of them share this one
  }

  // endregion

  // region why
  Mono<Integer> explained(Ctx ctx, long order) {
    return total(ctx, order)
        .doOnError(CtxException.class, end -> System.err.println(end + ": " + ctx.cause()));
  }

  // endregion

  // region truncate
  Flux<Long> ticks(Ctx ctx) {
    return Flux.interval(Duration.ofSeconds(1))
        .takeUntilOther(ctx.done()); // completes: an open end
  }

  // endregion

  // region thread
  Mono<Integer> stock(Callable<Integer> query) {
    return Mono.fromCallable(() -> CtxThread.current().call(query::call)) // interrupted at its end
        .transform(CtxOps.bind()) // on this side of the hop: it finds the end, too
        .subscribeOn(Schedulers.boundedElastic());
  }

  // endregion

  // region forget
  void log(Mono<Void> write) {
    write.contextCapture().subscribe(); // has the values of the request, and outlives it
  }

  void prefetch(Mono<Void> load) {
    load.transform(CtxOps.bind(CtxThread.current())).subscribe(); // ends with it, by name
  }

  // endregion

  // region detach
  Mono<Void> audited(Mono<Void> write) {
    return write.transform(CtxOps.<Void>detach()).cache(); // goes on when its caller is gone
  }
  // endregion
}

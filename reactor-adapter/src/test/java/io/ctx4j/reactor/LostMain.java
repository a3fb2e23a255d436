package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.testing.LostReport;
import java.time.Duration;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Runs in a JVM of its own: subscribes through every operator, lets go of what that returns, and
 * prints where what is reported was made. Two contexts are dropped at the end, so that something
 * is.
 */
final class LostMain {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final CtxKey<String> KEY = CtxKey.named("key");

  private static final LostReport REPORT = LostReport.of("io.ctx4j");

  private LostMain() {}

  public static void main(String[] args) {
    CancelCtx parent = Ctx.background().withCancel();
    Flux<Integer> broken = new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Integer> actual) {
        throw new IllegalStateException("no subscription");
      }
    };

    for (Ctx ctx : List.of(parent, Ctx.background(), parent.withTimeout(Duration.ZERO))) {
      for (Flux<Integer> source : List.<Flux<Integer>>of(
          Flux.never(),
          Flux.just(1),
          Flux.range(1, 3),
          Flux.range(1, 3).hide(),
          Flux.empty(),
          Flux.error(new IllegalStateException()),
          broken)) {
        comesAndGoes(ctx, source.transform(CtxOps.withTimeout(HOUR)));
        comesAndGoes(ctx, source.next().transform(CtxOps.withTimeout(HOUR)));
        comesAndGoes(ctx, source.transform(CtxOps.bind()).transform(CtxOps.detach()));
      }
      comesAndGoes(ctx, Mono.just(1).transform(CtxOps.withTimeout(HOUR)));
      comesAndGoes(ctx, CtxOps.current().contextWrite(CtxOps.withValue(KEY, "value")));
    }
    staysWithItsStream(parent);
    REPORT.awaitLost(
        "dropsFirst", () -> dropsFirst(parent), () -> parent.withCancel().close());
    REPORT.awaitLost(
        "dropsLast", () -> dropsLast(parent), () -> parent.withCancel().close());
  }

  private static void comesAndGoes(Ctx ctx, Publisher<?> stream) {
    Flux<?> flux = Flux.from(stream).contextWrite(CtxOps.put(ctx));
    flux.subscribe(item -> {}, thrown -> {});
    flux.subscribe(item -> {}, thrown -> {}).dispose();
    Flux<?> fused = Flux.from(stream).publishOn(Schedulers.immediate());
    fused.contextWrite(CtxOps.put(ctx)).subscribe(item -> {}, thrown -> {});
    flux.take(1).subscribe(item -> {}, thrown -> {});
    flux.retry(2).subscribe(item -> {}, thrown -> {});
  }

  private static void staysWithItsStream(Ctx parent) {
    Flux.never().transform(CtxOps.bind(parent.withTimeout(HOUR))).subscribe();
    Mono.never().transform(CtxOps.bind(parent.withCancel())).subscribe();
  }

  private static void dropsFirst(Ctx parent) {
    drop(parent.withCancel());
  }

  private static void dropsLast(Ctx parent) {
    drop(parent.withTimeout(HOUR));
  }

  private static void drop(Ctx dropped) {
    requireNonNull(dropped);
  }
}

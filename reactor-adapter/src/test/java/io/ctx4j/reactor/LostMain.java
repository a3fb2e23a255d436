package io.ctx4j.reactor;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
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
  private static final Set<String> LOST = ConcurrentHashMap.newKeySet();

  /** Held here, or the collector could take a logger with its handler. */
  private static final Logger LOGGER = Logger.getLogger("io.ctx4j");

  private LostMain() {}

  public static void main(String[] args) {
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(new Printing());
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
    collect(parent, "dropsFirst", () -> dropsFirst(parent));
    collect(parent, "dropsLast", () -> dropsLast(parent));
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

  /** Until that one is told, by when all is known to be lost that was before it. */
  private static void collect(Ctx parent, String place, Runnable drop) {
    for (int i = 0; i < 2_000 && !LOST.contains(place); i++) {
      drop.run();
      System.gc();
      for (int k = 0; k < 100; k++) {
        parent.withCancel().close();
      }
    }
  }

  private static final class Printing extends Handler {
    @Override
    public void publish(LogRecord record) {
      StackTraceElement made = requireNonNull(record.getThrown()).getStackTrace()[0];
      String type = made.getClassName();
      System.out.println(
          "lost " + type.substring(type.lastIndexOf('.') + 1) + "." + made.getMethodName());
      LOST.add(made.getMethodName());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}

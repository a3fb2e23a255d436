package io.ctx4j.examples.guide;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;

/** Go's idioms, side by side. */
final class GoGuide {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private GoGuide() {}

  // region scope
  static void handle(Ctx parent) {
    try (CancelCtx ctx = parent.withTimeout(Duration.ofSeconds(2))) {
      work(ctx.withValue(USER, "ada"));
    }
  }

  // endregion

  // region cause
  static void stop(CancelCtx ctx) {
    ctx.cancel(
        new IllegalStateException("disk full")); // err(): CanceledException; cause(): disk full
  }

  static CancelCtx budget(Ctx parent) {
    return parent.withTimeout(
        Duration.ofSeconds(2), () -> new TimeoutException("pricing was slow"));
  }

  // endregion

  // region afterFunc
  static boolean afterFunc(Ctx ctx, Runnable cleanUp, ExecutorService executor) {
    Ctx.Registration stop = ctx.onDone(cleanUp, executor);
    return stop.unregister(); // true: this call kept it from being started
  }

  // endregion

  // region merge
  static CancelCtx either(Ctx request, Ctx shutdown) {
    return Ctx.merge(request, shutdown); // Go: golang/go#36503, declined
  }

  // endregion

  // region poll
  static void work(Ctx ctx) {
    while (!ctx.isDone()) {
      step(ctx.valueOr(USER, "nobody"));
    }
    ctx.throwIfDone();
  }

  // endregion

  private static void step(String user) {
    System.out.println("a step for " + user);
  }
}

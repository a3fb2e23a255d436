package io.ctx4j.examples.guide;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.ManualTime;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

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

  // region cond
  static void awaitTurn(Ctx ctx, Lock lock, Condition turn, Executor executor)
      throws InterruptedException {
    Runnable wake = () -> {
      lock.lock(); // by another thread than that which waits
      try {
        turn.signalAll();
      } finally {
        lock.unlock();
      }
    };
    Ctx.Registration stop =
        ctx.onDone(wake, executor); // onDone(wake) would run here if ctx is done
    try {
      while (!ctx.isDone()) {
        turn.await();
      }
    } finally {
      stop.unregister();
    }
  }

  // endregion

  // region cancelFunc
  static Runnable cancelFunc(CancelCtx ctx) {
    return ctx::cancel; // Go's CancelFunc; what it returns is dropped
  }

  // endregion

  // region clock
  static boolean isOverAfter(Duration timeout) {
    var time = new ManualTime();
    try (CancelCtx ctx = Ctx.root(time).withTimeout(timeout)) {
      time.advance(timeout); // what falls due has run when this returns
      return ctx.isDone();
    }
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

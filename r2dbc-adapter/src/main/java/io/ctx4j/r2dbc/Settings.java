package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What all connections of a factory have in common.
 *
 * @param canceler null: statements run on
 * @param pooled whether it is a pool's connections that are decorated
 */
record Settings(
    Driver driver,
    @Nullable Canceler canceler,
    boolean pooled,
    boolean backstop,
    Duration giveUp,
    @Nullable String validationQuery,
    Consumer<AbortOutcome> outcomes) {

  /** How a statement is ended, for people. */
  String canceling() {
    if (canceler != null) {
      return "canceled by " + canceler;
    }
    return driver == Driver.ORACLE ? "canceled by the driver" : "not canceled";
  }

  /** Completes once what was asked for would have been given up. */
  Mono<Void> gaveUp() {
    return after(giveUp);
  }

  static Mono<Void> after(Duration delay) {
    return Mono.create(over -> {
      Ctx.Registration timer = TimeSource.system().schedule(over::success, delay);
      over.onDispose(timer::unregister);
    });
  }

  /** What it throws keeps nobody from having their turn. */
  void report(AbortOutcome outcome) {
    try {
      outcomes.accept(outcome);
    } catch (RuntimeException e) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }
}

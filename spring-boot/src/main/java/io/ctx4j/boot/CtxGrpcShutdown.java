package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationListener;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycleEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerTerminatedEvent;

/**
 * Cancels what is left of gRPC's calls before its server's grace is over, while there is still
 * somebody who says so to their clients.
 *
 * <p>Spring gRPC stops in one step, before the web server: no phase lies between its grace and its
 * stop. So a timer does it, from its event on, until the last server that stops has ended. The
 * calls have a root of their own below the application's, which goes on for the exchanges of the
 * web server.
 *
 * <p>An application that is paused, as between two tests of its own, or stopped and started, stops
 * its gRPC servers and starts them again. So nothing is canceled once they have ended, and if
 * something has been the calls that come after that have another root.
 */
final class CtxGrpcShutdown
    implements ApplicationListener<GrpcServerLifecycleEvent>, AutoCloseable {
  /** What is left for the answers, or half of a shorter grace. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private final CancelCtx application;
  private final Supplier<@Nullable Duration> grace;
  private Ctx.@Nullable Registration timer;
  private int stopping;

  /** Of the calls, until their servers have stopped. */
  private volatile CancelCtx root;

  /**
   * Makes one.
   *
   * @param application the application's root
   * @param grace the server's; negative or null: it waits for its calls for ever
   */
  CtxGrpcShutdown(CancelCtx application, Supplier<@Nullable Duration> grace) {
    this.application = application;
    this.grace = grace;
    root = application.withCancel();
  }

  /** Of the calls that come now. */
  Ctx root() {
    return root;
  }

  @Override
  public void onApplicationEvent(GrpcServerLifecycleEvent event) {
    if (event instanceof GrpcServerShutdownEvent) {
      begins();
    } else if (event instanceof GrpcServerTerminatedEvent) {
      ends();
    }
  }

  /** The grace of a server does. */
  void begins() {
    Duration grace = this.grace.get();
    Duration after = null;
    if (grace != null && !grace.isNegative()) {
      Duration half = grace.dividedBy(2);
      after = grace.minus(half.compareTo(MARGIN) < 0 ? half : MARGIN);
    }
    if (after != null && after.isZero()) {
      root.cancel(new ShutdownException());
    }
    begins(after);
  }

  /** The first server that stops, where there are several, sets the time. */
  private synchronized void begins(@Nullable Duration after) {
    stopping++;
    if (after != null && !after.isZero() && timer == null) {
      CancelCtx root = this.root;
      timer = TimeSource.system().schedule(() -> root.cancel(new ShutdownException()), after);
    }
  }

  /** A server has stopped. */
  synchronized void ends() {
    if (--stopping == 0 && (!stopTimer() || root.isDone())) {
      root.cancel(new ShutdownException());
      root = application.withCancel();
    }
  }

  /** False: it has begun. */
  private boolean stopTimer() {
    Ctx.Registration timer = this.timer;
    this.timer = null;
    return timer == null || timer.unregister();
  }

  @Override
  public synchronized void close() {
    stopTimer();
    root.close();
  }
}

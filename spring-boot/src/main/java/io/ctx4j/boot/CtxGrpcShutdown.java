package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.ShutdownException;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationListener;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;

/**
 * Cancels what is left of gRPC's calls before its server's grace is over, while there is still somebody who says so to
 * their clients.
 *
 * <p>Spring gRPC stops in one step, before the web server: no phase lies between its grace and its stop. So a timer does
 * it, from its event on. The calls have a root of their own below the application's, which goes on for the exchanges of
 * the web server.
 */
final class CtxGrpcShutdown implements ApplicationListener<GrpcServerShutdownEvent>, AutoCloseable {
  /** What is left for the answers, or half of a shorter grace. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private final CancelCtx root;
  private final Supplier<@Nullable Duration> grace;
  private Ctx.@Nullable Registration timer;

  /**
   * Makes one.
   *
   * @param grace the server's; negative or null: it waits for its calls for ever
   */
  CtxGrpcShutdown(CancelCtx root, Supplier<@Nullable Duration> grace) {
    this.root = root.withCancel();
    this.grace = grace;
  }

  /** Of gRPC's calls. */
  Ctx root() {
    return root;
  }

  @Override
  public void onApplicationEvent(GrpcServerShutdownEvent event) {
    begins();
  }

  /** The grace does. */
  void begins() {
    Duration grace = this.grace.get();
    if (grace == null || grace.isNegative()) {
      return;
    }
    Duration half = grace.dividedBy(2);
    Duration after = grace.minus(half.compareTo(MARGIN) < 0 ? half : MARGIN);
    if (after.isZero()) {
      cancel();
    } else {
      start(after);
    }
  }

  /** By the first server that stops, where there are several. */
  private synchronized void start(Duration after) {
    if (timer == null) {
      timer = TimeSource.system().schedule(this::cancel, after);
    }
  }

  private void cancel() {
    root.cancel(new ShutdownException());
  }

  @Override
  public synchronized void close() {
    if (timer != null) {
      timer.unregister();
    }
    root.close();
  }
}

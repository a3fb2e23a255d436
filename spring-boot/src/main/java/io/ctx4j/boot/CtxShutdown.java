package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.ShutdownException;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Cancels the root as the application shuts down: after a server's grace period and before its end,
 * in which there is still somebody who sends a 503.
 */
final class CtxShutdown implements SmartLifecycle {
  /** How long the answers may take, as for any exchange. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Halfway between the two phases of the server; a constant, so that no server need be there. */
  private static final int AFTER_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 512;

  private final CancelCtx root;
  private final @Nullable LiveExchanges live;
  private volatile boolean running;

  /**
   * Makes one.
   *
   * @param live the exchanges of a web application
   */
  CtxShutdown(CancelCtx root, @Nullable LiveExchanges live) {
    this.root = root;
    this.live = live;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    cancel(root, live);
  }

  /** Cancels it, and waits until those that it cuts have been answered. */
  static void cancel(CancelCtx root, @Nullable LiveExchanges live) {
    if (live != null) {
      live.closing();
    }
    root.cancel(new ShutdownException());
    if (live == null) {
      return;
    }
    try {
      live.awaitNone(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /**
   * The server is not, either: what is paused, as an application between two tests of its own is,
   * goes on.
   */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return AFTER_GRACE;
  }
}

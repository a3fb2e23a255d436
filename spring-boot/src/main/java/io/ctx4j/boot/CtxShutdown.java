package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.ShutdownException;
import io.ctx4j.boot.CtxWebProperties.Shutdown;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.time.Duration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Cancels the root as the service shuts down: after the server's grace period and before its end, in which there is
 * still somebody who sends a 503.
 */
final class CtxShutdown implements SmartLifecycle {
  /** How long the answers may take, as for any exchange. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Halfway between the two phases of the server. */
  private static final int AFTER_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 512;

  private static final int BEFORE_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

  private final CancelCtx root;
  private final LiveExchanges live;
  private final int phase;
  private volatile boolean running;

  CtxShutdown(CancelCtx root, LiveExchanges live, Shutdown when) {
    this.root = root;
    this.live = live;
    phase = when == Shutdown.IMMEDIATE ? BEFORE_GRACE : AFTER_GRACE;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    root.cancel(new ShutdownException());
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

  @Override
  public int getPhase() {
    return phase;
  }
}

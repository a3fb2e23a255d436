package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.ShutdownException;
import io.ctx4j.webflux.spi.LiveExchanges;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Ends what is in flight as the application stops: after a server's grace period and before its
 * end, in which there is still somebody who sends a 503.
 *
 * <p>An application that is closed has its root canceled. One that is merely stopped can start
 * again, as it does when it is restored from a checkpoint: it goes on with the root that its beans
 * have, and so that one stays live, and the exchanges below it are ended one by one.
 */
final class CtxShutdown extends ServerPhase implements DisposableBean {
  /** How long the answers may take, as for any exchange. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Halfway between the two phases of the server; a constant, so that no server need be there. */
  private static final int AFTER_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 512;

  private final CancelCtx root;
  private final @Nullable LiveExchanges live;
  private final ConfigurableApplicationContext application;

  /**
   * Makes one.
   *
   * @param live the exchanges of a web application
   */
  CtxShutdown(
      CancelCtx root, @Nullable LiveExchanges live, ConfigurableApplicationContext application) {
    super(AFTER_GRACE);
    this.root = root;
    this.live = live;
    this.application = application;
  }

  @Override
  public void stop() {
    super.stop();
    end();
  }

  /** Ends all, and waits until those that it cuts have been answered. */
  void end() {
    if (live != null) {
      live.closing();
    }
    if (application.isClosed()) {
      root.cancel(new ShutdownException());
    } else if (live != null) {
      live.stop(new ShutdownException());
    }
    if (live == null) {
      return;
    }
    try {
      live.awaitNone(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It has been stopped before it is closed, or has not come to start. */
  @Override
  public void destroy() {
    root.cancel(new ShutdownException());
  }
}

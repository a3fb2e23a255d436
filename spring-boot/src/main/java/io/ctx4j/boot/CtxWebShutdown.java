package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.ShutdownException;
import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** What happens to the requests in flight as the server's grace period begins. */
final class CtxWebShutdown implements SmartLifecycle {
  private static final int BEFORE_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

  private final CancelCtx root;
  private final LiveExchanges live;
  private final CtxWebProperties.Shutdown when;
  private volatile boolean running;

  CtxWebShutdown(CancelCtx root, LiveExchanges live, CtxWebProperties.Shutdown when) {
    this.root = root;
    this.live = live;
    this.when = when;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    switch (when) {
      case GRACEFUL -> live.endStreams(new ShutdownException());
      case IMMEDIATE -> CtxShutdown.cancel(root, live);
      case AFTER_GRACE -> {} // CtxShutdown does it then
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
    return BEFORE_GRACE;
  }
}

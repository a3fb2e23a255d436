package io.ctx4j.boot;

import io.ctx4j.ShutdownException;
import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** What happens to the requests in flight as the server's grace period begins. */
final class CtxWebShutdown implements SmartLifecycle {
  private static final int BEFORE_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

  private final CtxShutdown shutdown;
  private final LiveExchanges live;
  private final CtxWebProperties.Shutdown when;
  private volatile boolean running;

  CtxWebShutdown(CtxShutdown shutdown, LiveExchanges live, CtxWebProperties.Shutdown when) {
    this.shutdown = shutdown;
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
      case IMMEDIATE -> shutdown.end();
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

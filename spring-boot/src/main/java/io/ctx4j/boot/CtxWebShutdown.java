package io.ctx4j.boot;

import io.ctx4j.ShutdownException;
import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

/** What happens to the requests in flight as the server's grace period begins. */
final class CtxWebShutdown extends ServerPhase {
  private static final int BEFORE_GRACE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

  private final CtxShutdown shutdown;
  private final LiveExchanges live;
  private final CtxWebProperties.Shutdown when;

  CtxWebShutdown(CtxShutdown shutdown, LiveExchanges live, CtxWebProperties.Shutdown when) {
    super(BEFORE_GRACE);
    this.shutdown = shutdown;
    this.live = live;
    this.when = when;
  }

  @Override
  public void stop() {
    super.stop();
    switch (when) {
      case GRACEFUL -> live.endStreams(new ShutdownException());
      case IMMEDIATE -> shutdown.end();
      case AFTER_GRACE -> {} // CtxShutdown does it then
    }
  }
}

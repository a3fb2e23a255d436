package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

/** Lets exchanges live again before a server that has been stopped starts once more. */
final class CtxWebStart extends ServerPhase {
  private static final int BEFORE_SERVER =
      WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 512;

  private final LiveExchanges live;

  CtxWebStart(LiveExchanges live) {
    super(BEFORE_SERVER);
    this.live = live;
  }

  @Override
  public void start() {
    live.start();
    super.start();
  }
}

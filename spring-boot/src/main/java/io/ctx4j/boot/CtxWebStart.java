package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** Lets exchanges live again before a server that has been stopped starts once more. */
final class CtxWebStart implements SmartLifecycle {
  private static final int BEFORE_SERVER =
      WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 512;

  private final LiveExchanges live;
  private volatile boolean running;

  CtxWebStart(LiveExchanges live) {
    this.live = live;
  }

  @Override
  public void start() {
    live.start();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** The server is not, either. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return BEFORE_SERVER;
  }
}

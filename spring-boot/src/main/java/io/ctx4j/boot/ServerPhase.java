package io.ctx4j.boot;

import org.springframework.context.SmartLifecycle;

/** Something that is done at a moment of the web server's life, or of one that is not there. */
abstract class ServerPhase implements SmartLifecycle {
  private final int phase;
  private volatile boolean running;

  ServerPhase(int phase) {
    this.phase = phase;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public final boolean isRunning() {
    return running;
  }

  /**
   * The server is not, either: what is paused, as an application between two tests of its own is,
   * goes on.
   */
  @Override
  public final boolean isPauseable() {
    return false;
  }

  @Override
  public final int getPhase() {
    return phase;
  }
}

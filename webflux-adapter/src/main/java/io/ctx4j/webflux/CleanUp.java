package io.ctx4j.webflux;

import io.ctx4j.TimeSource;
import io.ctx4j.spi.LibraryTimer;
import java.time.Duration;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.scheduler.Schedulers;

/** Where an exchange's foreign code is canceled. */
final class CleanUp {
  private CleanUp() {}

  /**
   * Runs what may block, as somebody's cancellation can: not on an event loop, this response's or
   * that of a client's connection, nor on another thread that must not block, nor on one that is
   * the library's alone, on which other responses wait to be written.
   */
  static void run(Runnable task, ServerHttpResponse response) {
    if (!Schedulers.isInNonBlockingThread()
        && !NettyChannel.isWrittenHere(response)
        && !LibraryTimer.isHere()) {
      task.run();
      return;
    }
    try {
      TimeSource.system().schedule(task, Duration.ofNanos(1));
    } catch (Throwable e) { // no thread to be had
      task.run();
    }
  }
}

package io.ctx4j.examples;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** The contexts of the requests in flight: children of one root, which ends with the service. */
final class RequestContexts implements SmartLifecycle {

  private final CancelCtx root = Ctx.background().withName("service").withCancel();

  /** The caller closes it when the request has ended. */
  CancelCtx open(String name, @Nullable Duration timeout) {
    Ctx named = root.withName(name);
    return timeout == null ? named.withCancel() : named.withTimeout(timeout);
  }

  long live() {
    return root.tree().lines().count() - 1; // less the root's own line
  }

  @Override
  public void start() {}

  @Override
  public void stop() {
    root.cancel(new CancellationException("the service stops"));
  }

  @Override
  public boolean isRunning() {
    return !root.isDone();
  }

  /** After the grace period, in which requests may end as usual, and before the server stops. */
  @Override
  public int getPhase() {
    return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 512;
  }
}

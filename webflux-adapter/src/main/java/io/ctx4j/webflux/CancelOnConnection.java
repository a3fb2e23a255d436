package io.ctx4j.webflux;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.springframework.http.client.reactive.ClientHttpRequest;

/**
 * One attempt of a call: where it is to be canceled, once it has a connection.
 *
 * <p>Canceled on another thread than the connection's own, reactor-netty closes the connection by a
 * task that waits its turn there. A response that ends just before that gives the connection back,
 * and what the task then closes carries the next call, which fails (reactor-netty#4137). A deadline
 * that both sides count makes the two meet as a rule: the callee's 504 comes in as the caller gives
 * up. One after the other on one thread, the connection is closed as long as it is this attempt's,
 * and never after that.
 */
final class CancelOnConnection implements Consumer<ClientHttpRequest>, Executor {
  private volatile Executor loop = Runnable::run;

  /** The request is about to be sent, once more if its first connection turned out to be stale. */
  @Override
  public void accept(ClientHttpRequest request) {
    loop = NettyChannel.loop(request);
  }

  @Override
  public void execute(Runnable cancel) {
    loop.execute(cancel);
  }
}

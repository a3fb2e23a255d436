package io.ctx4j.reactor;

import io.ctx4j.testing.Threads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What may never end, with or without a bind: Reactor discards what a replay holds behind two
 * {@code publishOn} again and again, as that is canceled. To poll the one requests of the other,
 * which is canceled and clears the replay, and that has forgotten its place then.
 */
final class Unending {
  /** More than a pipeline has elements. */
  private static final int MANY = 100_000;

  private static final ThreadLocal<@Nullable CompletableFuture<Boolean>> RUNNING =
      new ThreadLocal<>();

  private Unending() {}

  /** Runs it elsewhere; whether it ends. What does not is left there, asleep. */
  @SuppressWarnings("FutureReturnValueIgnored") // what it throws comes out of the other future
  static boolean ends(Runnable body) {
    var ended = new CompletableFuture<Boolean>();
    Threads.start(() -> {
      RUNNING.set(ended);
      try {
        body.run();
        ended.complete(true);
      } catch (Throwable e) {
        ended.completeExceptionally(e);
      } finally {
        RUNNING.remove();
      }
    });
    return ended.join();
  }

  /** For a hook, which is where such a thing comes by: an exception does not end it. */
  static void discarded(int soFar) {
    CompletableFuture<Boolean> running = RUNNING.get();
    if (soFar > MANY && running != null) {
      running.complete(false);
      while (true) {
        LockSupport.park();
      }
    }
  }
}

package io.ctx4j.examples.guide;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.CtxFutures;
import io.ctx4j.CtxGroup;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ShutdownException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Recipes for code that blocks. */
@SuppressWarnings("FutureReturnValueIgnored") // of tasks whose result goes elsewhere
final class BlockingGuide {
  private BlockingGuide() {}

  // region wait
  static void waitForTheEnd(Ctx ctx) throws InterruptedException {
    ctx.await(); // Go: <-ctx.Done()
  }

  static boolean poll(Ctx ctx, Callable<Boolean> isThere) throws Exception {
    while (!isThere.call()) {
      ctx.sleep(Duration.ofMillis(100)); // throws ctx's error if that comes first
    }
    return true;
  }

  // endregion

  // region call
  static String take(Ctx ctx, BlockingQueue<String> queue) throws InterruptedException {
    return ctx.call(queue::take); // interrupted once ctx is done; the thread is clean afterwards
  }

  // endregion

  // region permit
  static <T> T limited(Ctx ctx, Semaphore permits, Callable<T> work) throws Exception {
    ctx.run(permits::acquire); // waits as long as ctx, with or without a deadline
    try {
      return ctx.call(work::call);
    } finally {
      permits.release();
    }
  }

  // endregion

  // region fanOut
  record Page(String user, List<String> orders) {}

  static Page page(Ctx ctx, Executor executor, Callable<String> user, Callable<List<String>> orders)
      throws InterruptedException, ExecutionException {
    try (CtxGroup group = CtxGroup.of(ctx, executor)) {
      Future<String> first = group.go(user);
      Future<List<String>> second = group.go(orders);
      group.join(); // the first failure, ctx's end, or both are there
      return new Page(first.get(), second.get());
    } // nothing of it runs any more
  }

  // endregion

  // region hedge
  static <T> T hedged(Ctx ctx, Executor executor, Duration patience, Callable<T> call)
      throws InterruptedException, ExecutionException {
    try (CtxGroup group = CtxGroup.of(ctx, executor)) {
      var first = new CompletableFuture<T>();
      CompletableFuture<T> answer = CtxFutures.bind(group.ctx(), first);
      group.go(() -> first.complete(call.call()));
      try {
        return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException slow) {
        group.go(() -> first.complete(call.call()));
        return answer.get();
      }
    } // cancels the slower one, and waits until it has ended
  }

  // endregion

  // region http
  static HttpResponse<String> get(Ctx ctx, HttpClient client, URI uri) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    Duration left = ctx.remaining();
    if (left != null) {
      request.header("X-Request-Timeout-Ms", Long.toString(Math.max(1, left.toMillis())));
    }
    return ctx.call(() -> client.send(request.build(), BodyHandlers.ofString()));
  }

  // endregion

  // region future
  static CompletableFuture<String> getLater(Ctx ctx, HttpClient client, URI uri) {
    return CtxFutures.bind(
            ctx, client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()))
        .thenApply(HttpResponse::body); // once ctx is done it fails, and the exchange is canceled
  }

  // endregion

  // region margin
  static String answer(Ctx request, Callable<String> work, String excuse) throws Exception {
    try (CancelCtx ctx = request.withMargin(Duration.ofMillis(50))) { // for the answer
      return ctx.call(work::call);
    } catch (DeadlineExceededException e) {
      return excuse;
    }
  }

  // endregion

  // region share
  static CancelCtx share(Ctx ctx, int parts) {
    Duration left = ctx.remaining();
    return left == null ? ctx.withCancel() : ctx.withTimeout(left.dividedBy(parts));
  }

  // endregion

  // region cleanUp
  static void upload(Ctx ctx, Ctx.Action<IOException> write, Ctx.Action<IOException> abort)
      throws IOException {
    try {
      ctx.run(write);
    } catch (IOException | CtxException e) {
      try (CancelCtx own = ctx.withoutCancel().withTimeout(Duration.ofSeconds(1))) {
        own.run(
            abort); // ctx is over, and this may still run: with its values, and an end of its own
      }
      throw e;
    }
  }

  // endregion

  // region outlive
  static void auditLater(Ctx ctx, Executor executor, Consumer<Ctx> audit) {
    Ctx values = ctx.withoutCancel(); // no end: ctx's may come before the task runs
    executor.execute(() -> {
      try (CancelCtx own = values.withTimeout(Duration.ofSeconds(5))) { // an end of its own
        audit.accept(own);
      }
    });
  }

  // endregion

  // region loop
  static void consume(Ctx root, BlockingQueue<String> messages, Handler handler)
      throws InterruptedException {
    while (true) {
      String message = root.call(messages::take); // at shutdown it throws, and so does this
      try (CancelCtx ctx = root.withTimeout(Duration.ofSeconds(10))) { // each message has its own
        handler.handle(ctx, message);
      }
    }
  }

  interface Handler {
    void handle(Ctx ctx, String message) throws InterruptedException;
  }

  // endregion

  // region shutdown
  static void serve(Ctx.Action<InterruptedException> work, CancelCtx root, Thread main)
      throws InterruptedException {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(
            () -> { // SIGINT, SIGTERM
              root.cancel(new ShutdownException());
              try {
                main.join(); // the JVM waits for its hooks, so this is the grace
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
    root.run(work);
  }

  // endregion
}

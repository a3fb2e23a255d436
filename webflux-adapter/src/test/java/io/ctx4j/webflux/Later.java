package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import java.util.concurrent.CompletableFuture;

/** What a handler does that nobody can cancel: it goes on when its context is done. */
record Later(Ctx ctx) {
  CompletableFuture<Void> future() {
    CompletableFuture<Void> future = new CompletableFuture<>();
    ctx.onDone(() -> future.complete(null));
    return future;
  }
}

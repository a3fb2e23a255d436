package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;

/** Completes with a context's err: {@link CtxFutures#whenDone}. */
final class DoneFuture extends CompletedByCtx<CtxException> {

  DoneFuture start(Ctx ctx) {
    if (!listen(ctx)) {
      complete(requireNonNull(ctx.err()));
    }
    return this;
  }

  @Override
  void onDone(CtxException err) {
    complete(err);
  }

  /** Something is derived from this, perhaps something that acts. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    pin();
    return super.newIncompleteFuture();
  }

  /** Asked by what combines this with another future, or hands it on. */
  @Override
  public CompletableFuture<CtxException> toCompletableFuture() {
    pin();
    return this;
  }
}

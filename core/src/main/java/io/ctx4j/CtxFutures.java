package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Ties futures to a {@link Ctx}; whoever completes one, nothing of it stays on the context. */
public final class CtxFutures {
  private CtxFutures() {}

  /**
   * Returns a future that ends as the stage does, or fails with a copy of {@link Ctx#err()} once
   * the context is done.
   *
   * <p>It then cancels the stage, where that is a {@link java.util.concurrent.Future}; so does
   * canceling the result. (To cancel a {@link CompletableFuture} stops nobody who computes it: for
   * code that blocks there is {@link Ctx#call}, for a fan-out {@link CtxGroup}.) Under a context
   * that is done already the result has failed.
   *
   * <p>Once the result is complete, neither the context nor, if it is a CompletableFuture, the
   * stage holds it; nor does the context before that: what hangs on the result is held by the
   * stage, and by who holds any of it.
   */
  public static <T extends @Nullable Object> CompletableFuture<T> bind(
      Ctx ctx, CompletionStage<T> stage) {
    requireNonNull(ctx, "ctx");
    return new BoundFuture<>(requireNonNull(stage, "stage")).start(ctx);
  }

  /**
   * Returns a future that completes with {@link Ctx#err()} once the context is done.
   *
   * <p>The context holds it as long as something depends on it, and otherwise leaves it to who
   * holds it. {@link CompletableFuture#allOf} and {@code anyOf} do not count: hold what they are
   * given, or for either of two contexts use {@link Ctx#merge}. To end work with a context use
   * {@link #bind}.
   */
  public static CompletableFuture<CtxException> whenDone(Ctx ctx) {
    requireNonNull(ctx, "ctx");
    return new DoneFuture().start(ctx);
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Ends as a stage does, or with a context: {@link CtxFutures#bind}.
 *
 * <p>A stage keeps every dependent until it completes, also one whose outcome is known. Only
 * {@link CompletableFuture#anyOf} takes its own off the others when one of them completes; so that
 * is what waits for the stage, and for {@link #over}, which completes with this.
 */
final class BoundFuture<T extends @Nullable Object> extends CompletedByCtx<T> {
  private final CompletionStage<T> stage;
  private final CompletableFuture<Boolean> over = new CompletableFuture<>();

  BoundFuture(CompletionStage<T> stage) {
    this.stage = stage;
  }

  BoundFuture<T> start(Ctx ctx) {
    if (listen(ctx)) {
      try {
        follow(ctx);
      } catch (Throwable e) { // a stage that is broken
        completeExceptionally(e); // so that nothing stays on the context
        throw e;
      }
    } else {
      onDone(requireNonNull(ctx.err()));
    }
    return this;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what it would tell, this tells
  private void follow(Ctx ctx) {
    CompletableFuture<T> source = source();
    CompletableFuture.anyOf(source, over).whenComplete((value, error) -> {
      if (!isDone()) {
        source.whenComplete((result, failure) -> relay(ctx, result, failure));
      }
    });
  }

  private CompletableFuture<T> source() {
    try {
      return stage.toCompletableFuture();
    } catch (UnsupportedOperationException e) { // as a stage may
      var copy = new CompletableFuture<T>();
      stage.whenComplete((value, error) -> {
        if (error == null) {
          copy.complete(value);
        } else {
          copy.completeExceptionally(error);
        }
      });
      return copy;
    }
  }

  /** An error that comes once the context is done is taken for a consequence of that (R1). */
  private void relay(Ctx ctx, T value, @Nullable Throwable error) {
    CtxException err = ctx.err();
    if (error == null) {
      complete(value);
    } else if (err == null) {
      completeExceptionally(error);
    } else {
      completeExceptionally(err.copy());
    }
  }

  @Override
  void onDone(CtxException err) {
    if (completeExceptionally(err.copy())) {
      cancelStage();
    }
  }

  @Override
  void completed() {
    over.complete(true);
    if (isCancelled()) {
      cancelStage();
    }
  }

  private void cancelStage() {
    if (stage instanceof Future<?> future) {
      try {
        future.cancel(true);
      } catch (UnsupportedOperationException e) {
        // one that cannot be canceled, as minimal stages are
      } catch (Throwable e) {
        ForeignCode.report(e);
      }
    }
  }
}

package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Futures tied to a context. */
@SuppressWarnings("FutureReturnValueIgnored") // on purpose: nobody holds them
class FuturesTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final CompletableFuture<String> stage = new CompletableFuture<>();
  private final Exception why = new Exception("why");

  @Test
  @DisplayName("B7 bind: the stage's result, or its error as the stage has it")
  void bind_stageEnds_soDoesTheResult() {
    CompletableFuture<String> bound = CtxFutures.bind(ctx, stage);
    assertThat(bound).isNotDone();
    stage.complete("value");
    assertThat(bound).isCompletedWithValue("value");
    assertThat(CtxFutures.bind(ctx, stage)).isCompletedWithValue("value");

    var error = new IOException();
    var failing = new CompletableFuture<String>();
    CompletableFuture<String> failed = CtxFutures.bind(ctx, failing);
    failing.completeExceptionally(error);
    assertThatThrownBy(failed::get).isInstanceOf(ExecutionException.class).hasCause(error);
    CompletableFuture<Integer> derived = CtxFutures.bind(ctx, failing.thenApply(String::length));
    assertThatThrownBy(derived::join).isInstanceOf(CompletionException.class).hasCause(error);

    var canceled = new CompletableFuture<String>();
    CompletableFuture<String> result = CtxFutures.bind(ctx, canceled);
    canceled.cancel(false);
    assertThat(result).isCancelled();
  }

  @Test
  @DisplayName("B7 bind: ctx is done: fails with a copy of err, and the stage is canceled")
  void bind_done_failsAndCancels() {
    CompletableFuture<String> first = CtxFutures.bind(ctx, stage);
    CompletableFuture<String> second = CtxFutures.bind(ctx, stage);

    ctx.cancel(why);

    assertThat(stage).isCancelled();
    for (CompletableFuture<String> each : List.of(first, second)) {
      assertThatThrownBy(each::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(CanceledException.class)
          .isNotSameAs(ctx.err())
          .hasCause(why);
      assertThat(each.isCancelled()).isFalse();
    }
  }

  @Test
  @DisplayName(
      "B7 bind: done before, whether or not the stage is complete: the error, and the stage is canceled")
  void bind_doneBefore_fails() {
    ctx.cancel(why);

    assertThatThrownBy(CtxFutures.bind(ctx, stage)::join)
        .hasCauseInstanceOf(CanceledException.class);
    assertThat(stage).isCancelled();
    assertThatThrownBy(CtxFutures.bind(ctx, CompletableFuture.completedFuture("value"))::join)
        .hasCauseInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("B7 bind: to cancel the result cancels the stage; to complete it otherwise does not")
  void bind_resultCanceled_cancelsTheStage() {
    assertThat(CtxFutures.bind(ctx, stage).complete("mine")).isTrue();
    assertThat(CtxFutures.bind(ctx, stage).completeExceptionally(why)).isTrue();
    assertThat(stage).isNotDone();

    assertThat(CtxFutures.bind(ctx, stage).cancel(true)).isTrue();

    assertThat(stage).isCancelled();
    var never = new CompletableFuture<String>();
    CtxFutures.bind(Ctx.background(), never).cancel(false);
    assertThat(never).isCancelled();
  }

  @Test
  @DisplayName("B7 bind: a stage that cannot be canceled, or throws when it is, is left alone")
  void bind_stageCannotBeCancelled_fails() {
    CompletionStage<String> minimal = stage.minimalCompletionStage();
    CompletableFuture<String> bound = CtxFutures.bind(ctx, minimal);
    var thrown = new IllegalStateException();
    var hostile = new CompletableFuture<String>() {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        throw thrown;
      }
    };
    CompletableFuture<String> other = CtxFutures.bind(ctx, hostile);
    try (Uncaught uncaught = Uncaught.here()) {
      ctx.cancel();
      assertThat(uncaught.reported()).containsExactly(thrown);
    }

    assertThat(bound).isCompletedExceptionally();
    assertThat(other).isCompletedExceptionally();
    assertThat(stage).isNotDone();
  }

  @Test
  @DisplayName("B7 bind: a stage that has no CompletableFuture to give")
  void bind_stageWithoutFuture_works() {
    var foreign = new CompletableFuture<String>() {
      @Override
      public CompletableFuture<String> toCompletableFuture() {
        throw new UnsupportedOperationException();
      }
    };
    CompletableFuture<String> bound = CtxFutures.bind(ctx, foreign);
    foreign.complete("value");
    assertThat(bound).isCompletedWithValue("value");
  }

  @Test
  @DisplayName("B7 bind: what a broken stage throws comes out, and nothing stays on ctx")
  @SuppressWarnings("NullAway") // on purpose
  void bind_stageIsBroken_leavesNothing() {
    var broken = new IllegalStateException("broken");
    for (Supplier<CompletableFuture<String>> asFuture :
        List.<Supplier<CompletableFuture<String>>>of(
            () -> {
              throw broken;
            },
            () -> {
              throw new UnsupportedOperationException();
            },
            () -> null)) {
      var foreign = new CompletableFuture<String>() {
        @Override
        public CompletableFuture<String> toCompletableFuture() {
          return asFuture.get();
        }

        @Override
        public CompletableFuture<String> whenComplete(
            BiConsumer<? super String, ? super Throwable> action) {
          throw broken;
        }
      };
      assertThatThrownBy(() -> CtxFutures.bind(ctx, foreign))
          .isInstanceOfAny(IllegalStateException.class, NullPointerException.class);
      assertThat(requireNonNull(((Handle) ctx).node).first()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ctx", "cancel", "complete", "fail", "orTimeout"})
  @DisplayName("B7 bind: once the result is complete, whoever did it, the stage does not keep it")
  void bind_complete_leavesTheStage(String who) {
    Consumer<CompletableFuture<String>> end = switch (who) {
      case "ctx" -> result -> {};
      case "cancel" -> result -> result.cancel(true);
      case "complete" -> result -> result.complete("mine");
      case "fail" -> result -> result.completeExceptionally(why);
      default ->
        result -> assertThatThrownBy(result.orTimeout(1, TimeUnit.NANOSECONDS)::join)
            .isInstanceOf(CompletionException.class);
    };
    // survives its cancellation, so that it could keep something
    var source = new CompletableFuture<String>() {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        return false;
      }
    };
    for (int i = 0; i < 1_000; i++) {
      CancelCtx each = ctx.withCancel();
      CompletableFuture<String> result = CtxFutures.bind(each, source);
      end.accept(result);
      each.cancel();
      assertThat(result).isDone();
    }
    Threads.until(() -> source.getNumberOfDependents() == 0);
  }

  @Test
  @DisplayName("B7 bind, whenDone: a complete one is not held by a live ctx, whoever completed it")
  void complete_isNotHeldByCtx() {
    WeakReference<?> ended = Memory.weak(() -> {
      var own = new CompletableFuture<String>();
      CompletableFuture<String> result = CtxFutures.bind(ctx, own);
      own.complete("value");
      return result;
    });
    WeakReference<?> canceled = Memory.weak(() -> {
      CompletableFuture<CtxException> result = CtxFutures.whenDone(ctx);
      result.thenRun(() -> {}).cancel(false);
      result.cancel(false);
      return result;
    });
    assertThat(Memory.isCollected(ended)).isTrue();
    assertThat(Memory.isCollected(canceled)).isTrue();
  }

  @Test
  @DisplayName("B7 what hangs on a result that nobody holds any more is let go of, on a live ctx")
  void unheld_isLetGoOf() {
    WeakReference<Object> hanging = Memory.weak(() -> {
      Object own = new Object();
      CtxFutures.bind(ctx, new CompletableFuture<String>()).thenApply(value -> own.hashCode());
      return own;
    });
    WeakReference<?> whenDone = Memory.weak(() -> CtxFutures.whenDone(ctx));

    assertThat(Memory.isCollected(hanging)).isTrue();
    assertThat(Memory.isCollected(whenDone)).isTrue();
  }

  @Test
  @Tag("memory")
  @DisplayName("B7 a million that were dropped leave nothing on ctx")
  void dropped_leaveNothing() {
    long before = Memory.used();
    for (int i = 0; i < 300_000; i++) {
      CtxFutures.whenDone(ctx);
      CtxFutures.bind(ctx, new CompletableFuture<String>());
      if (i % 10_000 == 0) {
        System.gc();
      }
    }
    CtxFutures.whenDone(ctx);
    assertThat(Memory.used() - before).isLessThan(10_000_000);
    ctx.cancel();
  }

  @Test
  @DisplayName(
      "B7 who holds something derived, or waits for it, is told: what it hangs on is not let go of")
  void derivedIsHeld_isTold() {
    CompletableFuture<String> derived = CtxFutures.bind(ctx, new CompletableFuture<String>())
        .thenApply(value -> value)
        .exceptionally(e -> "cut");
    CompletableFuture<String> combined = CtxFutures.whenDone(ctx).thenApply(e -> "done");
    CompletionStage<String> minimal =
        CtxFutures.bind(ctx, new CompletableFuture<String>()).minimalCompletionStage();
    CompletionStage<String> below = CtxFutures.bind(ctx, new CompletableFuture<String>())
        .exceptionally(e -> "cut")
        .minimalCompletionStage();
    assertThat(Memory.isCollected(Memory.weak(Object::new))).isTrue();

    ctx.cancel();

    assertThat(derived).isCompletedWithValue("cut");
    assertThat(combined).isCompletedWithValue("done");
    assertThat(minimal.toCompletableFuture()).isCompletedExceptionally();
    assertThat(below.toCompletableFuture()).isCompletedWithValue("cut");
  }

  @Test
  @DisplayName("B7 a dependent of an unreferenced whenDone still runs, whichever way it depends")
  void whenDone_unreferenced_dependentsRun() {
    var ran = new AtomicInteger();
    CtxFutures.whenDone(ctx).thenAccept(err -> ran.addAndGet(err == ctx.err() ? 1 : 100));
    CompletableFuture.completedFuture("")
        .thenCompose(v -> CtxFutures.whenDone(ctx))
        .thenRun(ran::incrementAndGet);
    new CompletableFuture<CtxException>()
        .acceptEither(CtxFutures.whenDone(ctx), err -> ran.incrementAndGet());
    CtxFutures.whenDone(ctx).copy().thenRun(ran::incrementAndGet);
    CtxFutures.whenDone(ctx).whenComplete((err, e) -> ran.incrementAndGet());
    CtxFutures.whenDone(ctx).minimalCompletionStage().thenRun(ran::incrementAndGet);
    for (int i = 0; i < 3; i++) {
      assertThat(Memory.isCollected(Memory.weak(Object::new))).isTrue();
      CtxFutures.whenDone(ctx);
    }

    ctx.cancel();

    assertThat(ran).hasValue(6);
  }

  @Test
  @DisplayName(
      "B7 whenDone completes with err itself, at once where ctx is done, and never where it cannot be")
  void whenDone_completesWithErr() {
    CompletableFuture<CtxException> future = CtxFutures.whenDone(ctx);
    assertThat(future).isNotDone();
    assertThat(CtxFutures.whenDone(Ctx.background())).isNotDone();

    ctx.cancel(why);

    assertThat(future.join()).isSameAs(ctx.err());
    assertThat(CtxFutures.whenDone(ctx).join()).isSameAs(ctx.err());
  }

  @Test
  @DisplayName("B7 dependents run once, and after the whole subtree is done")
  void whenDone_dependents_seeTheSubtreeDone() {
    CancelCtx child = ctx.withCancel();
    CompletableFuture<Boolean> seen = CtxFutures.whenDone(ctx).thenApply(err -> child.isDone());
    ctx.cancel();
    assertThat(seen).isCompletedWithValue(true);
  }

  @Test
  @DisplayName("B7 a thread that waits in get or join for a result that it alone holds is told")
  void waiting_isTold() {
    var waits = new CountDownLatch(1);
    var thread = new Thread(() -> {
      waits.countDown();
      try {
        CtxFutures.bind(ctx, new CompletableFuture<String>()).thenApply(v -> v).join();
      } catch (CompletionException e) {
        ctx.tree();
      }
    });
    thread.start();
    Threads.await(waits);
    Threads.until(() -> thread.getState() == Thread.State.WAITING);
    System.gc();
    ctx.cancel();
    Threads.until(() -> !thread.isAlive());
  }

  @Test
  @DisplayName("B7 ctx, the stage and a cancel of the result at once: one outcome, nothing hangs")
  void atOnce_oneOutcome() {
    for (int round = 0; round < 2_000; round++) {
      CancelCtx each = ctx.withCancel();
      var source = new CompletableFuture<String>();
      CompletableFuture<String> result = CtxFutures.bind(each, source);
      var outcomes = new AtomicInteger();
      result.whenComplete((value, error) -> outcomes.incrementAndGet());
      Threads.race(each::cancel, () -> source.complete("value"), () -> result.cancel(true));
      assertThat(result).isDone();
      assertThat(outcomes).hasValue(1);
      assertThat(source).isDone();
    }
    assertThat(ctx.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("B7, C31 null names the parameter")
  @SuppressWarnings("NullAway") // on purpose
  void null_throws() {
    assertThatThrownBy(() -> CtxFutures.bind(null, stage)).hasMessage("ctx");
    assertThatThrownBy(() -> CtxFutures.bind(ctx, null)).hasMessage("stage");
    assertThatThrownBy(() -> CtxFutures.whenDone(null)).hasMessage("ctx");
  }
}

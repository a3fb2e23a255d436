package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.CtxKey;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.testing.Memory;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** From a Ctx to an io.grpc.Context, and back. */
class CtxGrpcTest {
  private static final CtxKey<String> USER = CtxKey.named("user");

  private final CancelCtx ctx = Ctx.background().withCancel();

  @Test
  @DisplayName(
      "§8 current() is a background where there is none, and the Ctx in which toGrpc's runs")
  void current_insideOfToGrpc_isTheCtx() {
    assertThat(CtxGrpc.current()).isSameAs(Ctx.background());
    Ctx user = ctx.withValue(USER, "ada");

    try (CancellableContext context = CtxGrpc.toGrpc(user)) {
      context.run(() -> assertThat(CtxGrpc.current()).isSameAs(user));
    }

    assertThat(CtxGrpc.current()).isSameAs(Ctx.background());
  }

  @Test
  @DisplayName("§8 toGrpc ends with ctx, with a copy of its err, and shows no deadline")
  void toGrpc_ctxDone_isCanceled() {
    CancelCtx timed = ctx.withTimeout(Duration.ofHours(1));
    CancellableContext context = CtxGrpc.toGrpc(timed);
    assertThat(context.isCancelled()).isFalse();
    assertThat(context.getDeadline()).isNull();
    var why = new IllegalStateException("why");

    timed.cancel(why);

    assertThat(context.isCancelled()).isTrue();
    assertThat(context.cancellationCause())
        .isInstanceOf(CanceledException.class)
        .isNotSameAs(timed.err())
        .hasCause(why);
    CancellableContext late = CtxGrpc.toGrpc(timed);
    assertThat(late.cancellationCause()).isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName("§8 from ends with the context, whose cause is its cause, and with its parent")
  void from_eitherDone_isDone() {
    var why = new IllegalStateException("why");
    CancellableContext context = Context.current().withCancellation();
    CancelCtx byContext = CtxGrpc.from(ctx, context);
    CancelCtx byParent = CtxGrpc.from(ctx, Context.current().withCancellation());

    context.cancel(why);

    assertThat(byContext.err()).isInstanceOf(CanceledException.class);
    assertThat(byContext.cause()).isSameAs(why);
    assertThat(byParent.isDone()).isFalse();
    ctx.cancel();
    assertThat(byParent.err()).isSameAs(ctx.err());
    assertThat(CtxGrpc.from(Ctx.background(), context).cause()).isSameAs(why);
    assertThat(CtxGrpc.from(ctx, Context.ROOT).err()).isSameAs(ctx.err());
  }

  @Test
  @DisplayName(
      "§8 from has the deadline of both, and ends at the context's with DeadlineExceededException")
  void from_deadlines_isTheEarlier() {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      CancellableContext hour =
          Context.current().withDeadline(Deadline.after(1, TimeUnit.HOURS), timer);
      CancelCtx soon = CtxGrpc.from(ctx.withTimeout(Duration.ofMinutes(1)), hour);
      CancelCtx later = CtxGrpc.from(ctx.withTimeout(Duration.ofHours(9)), hour);
      assertThat(requireNonNull(soon.remaining())).isLessThanOrEqualTo(Duration.ofMinutes(1));
      assertThat(requireNonNull(later.remaining()))
          .isBetween(Duration.ofMinutes(50), Duration.ofHours(1));

      for (int i = 0; i < 50; i++) {
        CancelCtx child = CtxGrpc.from(
            ctx, Context.current().withDeadline(Deadline.after(2, TimeUnit.MILLISECONDS), timer));
        assertThatThrownBy(() -> {
              while (true) {
                child.throwIfDone();
                Thread.onSpinWait();
              }
            })
            .isInstanceOf(DeadlineExceededException.class);
      }
      hour.cancel(null);
    } finally {
      timer.shutdownNow();
    }
  }

  @Test
  @DisplayName(
      "§8 G4 children that come and go leave nothing on a long-lived context of either side")
  void close_manyChildren_leavesNothing() {
    CancellableContext grpc = Context.current().withCancellation();
    churn(grpc, 1_000);
    long before = Memory.used();

    churn(grpc, 100_000);

    assertThat(Memory.used() - before).isLessThan(2_000_000);
    assertThat(ctx.tree().lines()).hasSize(1);
    assertThat(grpc.isCancelled()).isFalse();
    grpc.cancel(null);
  }

  private void churn(CancellableContext grpc, int times) {
    Context before = grpc.attach();
    try {
      for (int i = 0; i < times; i++) {
        CtxGrpc.toGrpc(ctx).cancel(null);
        CtxGrpc.from(ctx, grpc).close();
        try (CancelCtx child = ctx.withCancel()) {
          CancellableContext both = CtxGrpc.toGrpc(child);
          assertThat(both.isCancelled()).isFalse();
        }
      }
    } finally {
      grpc.detach(before);
    }
  }

  @Test
  @DisplayName("§8 the other side's end at the same moment: one of the two, and nothing is left")
  void cancel_bothAtOnce_leavesNothing() throws InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      CancelCtx parent = ctx.withCancel();
      CancellableContext context = Context.current().withCancellation();
      var thread = new Thread(() -> context.cancel(new IllegalStateException()));
      thread.start();
      CancelCtx child = CtxGrpc.from(parent, context);
      parent.cancel();
      thread.join();
      CtxException err = requireNonNull(child.err());
      assertThat(err).isInstanceOf(CanceledException.class);
    }
    assertThat(ctx.tree().lines()).hasSize(1);
  }
}

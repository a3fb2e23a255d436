package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ties gRPC's calls and contexts to a {@link Ctx}.
 *
 * <p>An {@code io.grpc.Context} is bound to a thread: in code of Reactor or RxJava, which goes from
 * thread to thread, {@link #current()} is what happens to be there. Ask for it on the thread that
 * gRPC calls, and hand the Ctx on; {@link #with} takes it back to a stub.
 */
public final class CtxGrpc {
  /** In an io.grpc.Context. */
  static final Context.Key<Ctx> CURRENT = Context.key("io.ctx4j.Ctx");

  /** In the options of a call: handed over by {@link #with}. */
  static final CallOptions.Key<Ctx> GIVEN = CallOptions.Key.create("io.ctx4j.Ctx");

  /**
   * How much may be left of a deadline that is the reason for an end: the clocks of two hosts, and
   * the timers of gRPC and of this, do not agree to the millisecond.
   */
  static final Duration AS_GOOD_AS_NOTHING = Duration.ofMillis(10);

  private CtxGrpc() {}

  /** Returns the Ctx of the current {@code io.grpc.Context}; a background where there is none. */
  public static Ctx current() {
    Ctx ctx = CURRENT.get();
    return ctx == null ? Ctx.background() : ctx;
  }

  /**
   * Returns the stub with calls under this context, on whatever thread they are made.
   *
   * <p>Such a call does not depend on {@code io.grpc.Context.current()}: neither its deadline nor
   * its cancellation come to it, unless they are ctx's. So {@code with(stub, ctx.withoutCancel())}
   * makes a call that goes on when its caller has ended.
   *
   * <p>A channel without a {@link CtxClientInterceptor} gets one; in one that has it, it is not
   * used twice.
   */
  public static <S extends AbstractStub<S>> S with(S stub, Ctx ctx) {
    requireNonNull(ctx, "ctx");
    boolean before = requireNonNull(stub, "stub").getCallOptions().getOption(GIVEN) != null;
    S given = stub.withOption(GIVEN, ctx);
    return before ? given : given.withInterceptors(CtxClientInterceptor.INSTANCE);
  }

  /**
   * Returns a child of the parent that ends with either, and has the earlier of both deadlines.
   *
   * <p>What {@code context} was canceled with is the cause. Once the child is done it is taken off
   * both: close it when it is not needed any more.
   */
  public static CancelCtx from(Ctx parent, Context context) {
    requireNonNull(parent, "parent");
    Deadline deadline = requireNonNull(context, "context").getDeadline();
    CancelCtx child = deadline == null
        ? parent.withCancel()
        : parent.withTimeout(Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    new GrpcToCtx(context, child).attach();
    return child;
  }

  /**
   * Returns a child of {@code Context.current()} that ends with ctx, and in which ctx is
   * {@link #current()}.
   *
   * <p>It is canceled with a copy of ctx's err as the cause. It shows no deadline: gRPC would end
   * it at that with an error of its own. To cancel it takes it off ctx: do so when it is not needed
   * any more.
   */
  public static CancellableContext toGrpc(Ctx ctx) {
    Context parent = Context.current();
    CancellableContext child =
        parent.fork().withValue(CURRENT, requireNonNull(ctx, "ctx")).withCancellation();
    new CtxToGrpc(parent, child).attach(ctx);
    return child;
  }

  /** Whether as good as nothing is left of its deadline. */
  static boolean isDue(Ctx ctx) {
    Duration remaining = ctx.remaining();
    return remaining != null && remaining.compareTo(AS_GOOD_AS_NOTHING) <= 0;
  }

  /** What a call that err has ended ends with; the copy stays in this process (G5). */
  static Status status(CtxException err) {
    Status status =
        err instanceof DeadlineExceededException ? Status.DEADLINE_EXCEEDED : Status.CANCELLED;
    return status.withDescription(err.getMessage()).withCause(err.copy());
  }
}

package io.ctx4j.grpc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls under a {@link Ctx}: the one given by {@link CtxGrpc#with}, or else
 * {@link CtxGrpc#current()}.
 *
 * <p>The earlier of ctx's deadline and the call's own is sent. A ctx that is done makes no call;
 * one that ends cancels it. The caller's error is then DEADLINE_EXCEEDED or CANCELLED with a copy
 * of ctx's err as its cause, which does not leave this process. An answer that the server gave
 * before stays.
 *
 * <p>A call under a ctx that was done is closed on the thread that makes it, or on its executor
 * where it has one.
 */
public final class CtxClientInterceptor implements ClientInterceptor {
  /** A call that an interceptor further out has taken care of. */
  private static final CallOptions.Key<Boolean> TAKEN =
      CallOptions.Key.createWithDefault("io.ctx4j.taken", false);

  /** Of the stubs that bring their own. */
  static final CtxClientInterceptor INSTANCE = new CtxClientInterceptor();

  /** For a channel's interceptors. */
  public CtxClientInterceptor() {}

  @Override
  public <ReqT, RespT> ClientCall<ReqT, RespT> interceptCall(
      MethodDescriptor<ReqT, RespT> method, CallOptions options, Channel next) {
    Ctx given = options.getOption(CtxGrpc.GIVEN);
    Ctx ctx = given == null ? CtxGrpc.CURRENT.get() : given;
    if (ctx == null || options.getOption(TAKEN)) {
      return next.newCall(method, options);
    }
    CtxException err = ctx.err();
    if (err != null) {
      return new DoneCall<>(err, options.getExecutor());
    }
    CallOptions taken = within(ctx.remaining(), options.withOption(TAKEN, true));
    ClientCall<ReqT, RespT> call =
        given == null ? next.newCall(method, taken) : detached(method, taken, next);
    return ctx.isCancelable() ? new CtxClientCall<>(call, ctx, options.getExecutor()) : call;
  }

  private static CallOptions within(@Nullable Duration remaining, CallOptions options) {
    if (remaining == null) {
      return options;
    }
    Deadline own = options.getDeadline();
    Deadline ctxs = Deadline.after(nanos(remaining), TimeUnit.NANOSECONDS);
    return options.withDeadline(own == null ? ctxs : own.minimum(ctxs));
  }

  private static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE;
    }
  }

  /** A call takes over deadline and cancellation of the current context as it is made: here not. */
  private static <ReqT, RespT> ClientCall<ReqT, RespT> detached(
      MethodDescriptor<ReqT, RespT> method, CallOptions options, Channel next) {
    Context current = Context.current();
    if (current == Context.ROOT) { // has neither: as on all threads but gRPC's own
      return next.newCall(method, options);
    }
    Context values = current.fork();
    Context before = values.attach();
    try {
      return next.newCall(method, options);
    } finally {
      values.detach(before);
    }
  }
}

package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.grpc.spi.CallOutcome;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each call of a server a {@link Ctx} below a root: {@link CtxGrpc#current()} in its handler.
 *
 * <p>It has the deadline that came with the call, or else the default one, and never a later one
 * than the maximum. When it is done the call is closed, whatever its handler does, and what the
 * handler still sends is dropped: DEADLINE_EXCEEDED; UNAVAILABLE where the root was canceled with a
 * {@link io.ctx4j.ShutdownException}; else CANCELLED. No cause crosses the wire. A handler that
 * fails with a {@link io.ctx4j.CtxException}, or throws one, has its call closed likewise, not with
 * UNKNOWN.
 *
 * <p>When the client has gone away, which also is how most deadlines arrive, as the client's timer
 * is first, it is canceled with a {@link io.ctx4j.ClientGoneException} on a thread of the server's
 * executor. It is closed when the call is. Register this before interceptors that are to see the
 * Ctx; with gRPC those that are added last are called first. One that is registered twice, for the
 * server and for a service, takes each call once.
 */
public final class CtxServerInterceptor implements ServerInterceptor {
  private final Supplier<? extends Ctx> root;
  private final @Nullable Duration defaultTimeout;
  private final @Nullable Duration maxTimeout;
  private final Consumer<? super CallOutcome> ended;

  /** Calls have the deadlines that come with them. */
  public CtxServerInterceptor(Ctx root) {
    this(root, null, null);
  }

  /**
   * With deadlines of the server's own.
   *
   * @param defaultTimeout for calls that come without one; null: none
   * @param maxTimeout for all; null: none
   */
  public CtxServerInterceptor(
      Ctx root, @Nullable Duration defaultTimeout, @Nullable Duration maxTimeout) {
    this(root, defaultTimeout, maxTimeout, outcome -> {});
  }

  /**
   * Also tells how each call ended.
   *
   * @param ended called once for each, on the thread that ends it
   */
  public CtxServerInterceptor(
      Ctx root,
      @Nullable Duration defaultTimeout,
      @Nullable Duration maxTimeout,
      Consumer<? super CallOutcome> ended) {
    this(() -> root, defaultTimeout, maxTimeout, ended);
    requireNonNull(root, "root");
  }

  /**
   * For servers that stop and start again.
   *
   * @param root says for each call what its Ctx is derived from
   */
  public CtxServerInterceptor(
      Supplier<? extends Ctx> root,
      @Nullable Duration defaultTimeout,
      @Nullable Duration maxTimeout,
      Consumer<? super CallOutcome> ended) {
    this.root = requireNonNull(root, "root");
    this.defaultTimeout = defaultTimeout;
    this.maxTimeout = maxTimeout;
    this.ended = requireNonNull(ended, "ended");
  }

  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    if (CtxServerCall.isTaken(call, this)) {
      return next.startCall(call, headers);
    }
    Context context = Context.current();
    Duration timeout = timeout(context.getDeadline());
    Ctx root = this.root.get();
    CancelCtx ctx = timeout == null ? root.withCancel() : root.withTimeout(timeout);
    var bound = new CtxServerCall<>(call, this, ctx, timeout, ended);
    if (!bound.begin(context)) {
      return new ServerCall.Listener<>() {};
    }
    boolean started = false;
    try {
      ServerCall.Listener<ReqT> listener =
          Contexts.interceptCall(context.withValue(CtxGrpc.CURRENT, ctx), bound, headers, next);
      started = true;
      return bound.listener(listener);
    } catch (RuntimeException e) {
      if (bound.closeIfEnd(e)) {
        return new ServerCall.Listener<>() {};
      }
      throw e;
    } finally {
      if (!started) {
        bound.finished();
      }
    }
  }

  private @Nullable Duration timeout(@Nullable Deadline deadline) {
    Duration timeout = deadline == null
        ? defaultTimeout
        : Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS));
    boolean isLater = maxTimeout != null && (timeout == null || timeout.compareTo(maxTimeout) > 0);
    return isLater ? maxTimeout : timeout;
  }
}

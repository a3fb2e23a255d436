package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.DoneListener;
import io.ctx4j.ShutdownException;
import io.ctx4j.grpc.spi.CallOutcome;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server's call that its context can close.
 *
 * <p>A ServerCall is not thread-safe, and a context ends on a thread of its own. So what the
 * handler does to the call is counted, and the context closes it when nothing is going on; where
 * something is, the handler's thread does when it is through. No lock is held while gRPC is called,
 * which calls back.
 *
 * <pre>
 *   the low bits   how many calls of the handler's are going on, one in another
 *   ENDED          a context has ended it: nothing of the handler's gets through any more
 *   CLOSED         it is closed, by the handler, for the context, or by gRPC
 * </pre>
 */
final class CtxServerCall<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> {
  private static final int ENDED = 1 << 30;
  private static final int CLOSED = 1 << 29;
  private static final int GOING_ON = CLOSED - 1;

  /** In the attributes of a call: which interceptor has taken it. */
  private static final Attributes.Key<CtxServerInterceptor> INTERCEPTOR =
      Attributes.Key.create("io.ctx4j.taker");

  private final CtxServerInterceptor interceptor;
  private final CancelCtx ctx;
  private final @Nullable Duration timeout;
  private final Consumer<? super CallOutcome> outcomes;
  private final AtomicInteger state = new AtomicInteger();

  CtxServerCall(
      ServerCall<ReqT, RespT> call,
      CtxServerInterceptor interceptor,
      CancelCtx ctx,
      @Nullable Duration timeout,
      Consumer<? super CallOutcome> outcomes) {
    super(call);
    this.interceptor = interceptor;
    this.ctx = ctx;
    this.timeout = timeout;
    this.outcomes = outcomes;
  }

  /**
   * Listens to both contexts.
   *
   * @return false: the call's is done already, the call is closed and its handler is to be left
   *     alone
   */
  boolean begin(Context grpc) {
    if (!new End().listens()) {
      ends(requireNonNull(ctx.err()));
      return false;
    }
    grpc.addListener(this::canceled, Runnable::run);
    return true;
  }

  /** The context is done. */
  private final class End extends DoneListener {
    boolean listens() {
      return listen(ctx);
    }

    @Override
    protected void onDone(CtxException err) {
      ends(err);
    }
  }

  private void ends(CtxException err) {
    if (set(ENDED) && (state.get() & GOING_ON) == 0) {
      closeFor(err);
    }
  }

  /**
   * By the thread that ends the context or by the handler's, whoever is first to see that nothing
   * is going on.
   */
  private void closeFor(CtxException err) {
    if ((state.getAndUpdate(s -> s | CLOSED) & CLOSED) == 0) {
      try {
        outcomes.accept(outcome(err));
      } finally {
        super.close(status(err), new Metadata());
      }
    }
  }

  /** False: it has ended before. */
  private boolean set(int bits) {
    return (state.getAndUpdate(s -> (s & (ENDED | CLOSED)) == 0 ? s | bits : s) & (ENDED | CLOSED))
        == 0;
  }

  /**
   * False: a context has ended it. What comes after a close of the handler's own is gRPC's to
   * refuse.
   */
  private boolean enter() {
    return (state.getAndUpdate(s -> (s & ENDED) == 0 ? s + 1 : s) & ENDED) == 0;
  }

  private void exit() {
    int now = state.decrementAndGet();
    if ((now & GOING_ON) == 0 && (now & ENDED) != 0) {
      closeFor(requireNonNull(ctx.err()));
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (enter()) {
      try {
        super.sendHeaders(headers);
      } finally {
        exit();
      }
    }
  }

  @Override
  public void sendMessage(RespT message) {
    if (enter()) {
      try {
        super.sendMessage(message);
      } finally {
        exit();
      }
    }
  }

  @Override
  public void setCompression(String compressor) {
    if (enter()) {
      try {
        super.setCompression(compressor);
      } finally {
        exit();
      }
    }
  }

  @Override
  public void setMessageCompression(boolean enabled) {
    if (enter()) {
      try {
        super.setMessageCompression(enabled);
      } finally {
        exit();
      }
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if ((state.get() & (ENDED | CLOSED)) == CLOSED) { // once more: gRPC's to refuse
      super.close(status, trailers);
    } else {
      close(CLOSED, status, trailers);
    }
  }

  private void close(int as, Status status, Metadata trailers) {
    CtxException err = ctx.err();
    if (err != null) { // its callback is yet to come, or has
      ends(err);
      return;
    }
    if (!set(as)) {
      return;
    }
    CtxException inner =
        status.getCode() == Status.Code.UNKNOWN ? ctxExceptionIn(status.getCause()) : null;
    try {
      super.close(inner == null ? status : status(inner), trailers);
    } finally {
      outcomes.accept(status.isOk() ? CallOutcome.COMPLETED : CallOutcome.ERROR);
      ctx.close();
    }
  }

  /** Whether the interceptor has taken the call before, under whatever other interceptors. */
  static boolean isTaken(ServerCall<?, ?> call, CtxServerInterceptor by) {
    return call.getAttributes().get(INTERCEPTOR) == by;
  }

  @Override
  public Attributes getAttributes() {
    return super.getAttributes().toBuilder().set(INTERCEPTOR, interceptor).build();
  }

  @Override
  public boolean isCancelled() {
    return (state.get() & ENDED) != 0 || super.isCancelled();
  }

  /** The context of gRPC's that belongs to the call is canceled: also at the end of each call. */
  private void canceled(Context grpc) {
    Throwable cause = grpc.cancellationCause();
    if (cause == null) {
      finished();
    } else if (!(cause instanceof TimeoutException) || !CtxGrpc.isDue(ctx)) {
      ctx.cancel(new ClientGoneException());
    } // else ctx's own deadline is at the same moment, and says so
  }

  /** gRPC is through with the call: also where the handler has thrown. */
  void finished() {
    if (set(CLOSED)) {
      outcomes.accept(CallOutcome.ERROR);
    }
    ctx.close();
  }

  /**
   * Whether what a handler has thrown is the end of a context: then the call is closed with that.
   */
  boolean closeIfEnd(RuntimeException thrown) {
    if (ctxExceptionIn(thrown) == null) {
      return false;
    }
    close(ENDED | CLOSED, Status.UNKNOWN.withCause(thrown), new Metadata());
    return true;
  }

  /** What the handler's listener is called by. */
  ServerCall.Listener<ReqT> listener(ServerCall.Listener<ReqT> listener) {
    return new CallListener(listener);
  }

  /**
   * Closes the call with the end of a context that the handler throws, and tells the handler's
   * listener that the call was canceled where the context has closed it.
   */
  private final class CallListener extends SimpleForwardingServerCallListener<ReqT> {
    CallListener(ServerCall.Listener<ReqT> listener) {
      super(listener);
    }

    @Override
    public void onMessage(ReqT message) {
      try {
        super.onMessage(message);
      } catch (RuntimeException e) {
        unlessEndedBy(e);
      }
    }

    @Override
    public void onHalfClose() {
      try {
        super.onHalfClose();
      } catch (RuntimeException e) {
        unlessEndedBy(e);
      }
    }

    @Override
    public void onReady() {
      try {
        super.onReady();
      } catch (RuntimeException e) {
        unlessEndedBy(e);
      }
    }

    private void unlessEndedBy(RuntimeException thrown) {
      if (!closeIfEnd(thrown)) {
        throw thrown;
      }
    }

    @Override
    public void onComplete() {
      if ((state.get() & ENDED) != 0) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }

  /** What a handler has failed with that was bound to ctx, or to a context below it. */
  private static @Nullable CtxException ctxExceptionIn(@Nullable Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 16; depth++) {
      if (cause instanceof CtxException) {
        return (CtxException) cause;
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static Status status(CtxException err) {
    Status status = err.getCause() instanceof ShutdownException
        ? Status.UNAVAILABLE
        : err instanceof DeadlineExceededException ? Status.DEADLINE_EXCEEDED : Status.CANCELLED;
    return status.withDescription(err.getMessage());
  }

  private CallOutcome outcome(CtxException err) {
    if (err instanceof DeadlineExceededException) {
      return CallOutcome.DEADLINE_EXCEEDED;
    }
    if (err.getCause() instanceof ClientGoneException) {
      return isAsGoodAsOver() ? CallOutcome.DEADLINE_EXCEEDED : CallOutcome.CLIENT_GONE;
    }
    return err.getCause() instanceof ShutdownException
        ? CallOutcome.SHUTDOWN
        : CallOutcome.CANCELED;
  }

  /** The client's timer is first, and comes as its cancel. */
  private boolean isAsGoodAsOver() {
    Duration remaining = ctx.remaining();
    return remaining != null
        && timeout != null
        && (CtxGrpc.isDue(ctx) || remaining.compareTo(timeout.dividedBy(10)) < 0);
  }
}

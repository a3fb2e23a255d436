package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A call that ends with its context, and is told so in the context's words. */
final class CtxClientCall<ReqT, RespT> extends ForwardingClientCall<ReqT, RespT> {
  private final Ctx ctx;
  private final @Nullable Executor executor;
  private final End end = new End();
  private volatile ClientCall<ReqT, RespT> call;
  private volatile boolean closed;
  private volatile boolean ended;

  /**
   * Makes it.
   *
   * @param executor of the call's callbacks; null: the channel's
   */
  CtxClientCall(ClientCall<ReqT, RespT> call, Ctx ctx, @Nullable Executor executor) {
    this.call = call;
    this.ctx = ctx;
    this.executor = executor;
  }

  @Override
  protected ClientCall<ReqT, RespT> delegate() {
    return call;
  }

  /** Listens after it has started: a call that was canceled cannot be started. */
  @Override
  public void start(Listener<RespT> listener, Metadata headers) {
    CtxException err = ctx.err();
    if (err != null) { // since the call was made: it is none
      call.cancel(err.getMessage(), null);
      call = new DoneCall<>(err, executor);
      call.start(listener, headers);
      return;
    }
    super.start(new Closing(listener), headers);
    if (!end.listen()) {
      end.onDone(requireNonNull(ctx.err()));
    } else if (closed) {
      end.stop();
    }
  }

  @Override
  public void sendMessage(ReqT message) {
    unlessEnded(() -> super.sendMessage(message));
  }

  @Override
  public void halfClose() {
    unlessEnded(super::halfClose);
  }

  /**
   * A canceled call rejects these by a throw; it is by onClose that the caller is told of ctx's
   * end.
   */
  private void unlessEnded(Runnable send) {
    if (ended) {
      return;
    }
    try {
      send.run();
    } catch (IllegalStateException e) {
      if (!ended) {
        throw e;
      }
    }
  }

  private final class End extends DoneListener {
    boolean listen() {
      return listen(ctx);
    }

    void stop() {
      unlisten();
    }

    @Override
    protected void onDone(CtxException err) {
      ended = true;
      cancel(err.getMessage(), err.copy());
    }
  }

  private final class Closing extends SimpleForwardingClientCallListener<RespT> {
    Closing(Listener<RespT> listener) {
      super(listener);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      closed = true;
      end.stop();
      Status.Code code = status.getCode();
      CtxException err =
          code == Status.Code.CANCELLED || code == Status.Code.DEADLINE_EXCEEDED ? ctx.err() : null;
      if (err == null && code == Status.Code.DEADLINE_EXCEEDED && CtxGrpc.isDue(ctx)) {
        due(trailers);
      } else {
        super.onClose(err == null ? status : CtxGrpc.status(err), trailers);
      }
    }

    /** gRPC's timer, or the server's, was first: ctx is about to say the same. */
    private void due(Metadata trailers) {
      if (Duration.ZERO.equals(ctx.remaining())) {
        Runnable close = () -> close(requireNonNull(ctx.err()), trailers);
        var unused = executor == null ? ctx.onDone(close) : ctx.onDone(close, executor);
      } else {
        close(requireNonNull(ctx.withTimeout(Duration.ZERO).err()), trailers);
      }
    }

    private void close(CtxException err, Metadata trailers) {
      super.onClose(CtxGrpc.status(err), trailers);
    }
  }
}

package io.ctx4j.grpc;

import io.ctx4j.CtxException;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A call that is not made: its context was done. */
final class DoneCall<ReqT, RespT> extends ClientCall<ReqT, RespT> {
  private final CtxException err;
  private final @Nullable Executor executor;

  DoneCall(CtxException err, @Nullable Executor executor) {
    this.err = err;
    this.executor = executor;
  }

  @Override
  public void start(Listener<RespT> listener, Metadata headers) {
    Runnable close = () -> listener.onClose(CtxGrpc.status(err), new Metadata());
    if (executor == null) {
      close.run();
    } else {
      executor.execute(close);
    }
  }

  @Override
  public void request(int messages) {}

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {}

  @Override
  public void halfClose() {}

  @Override
  public void sendMessage(ReqT message) {}
}

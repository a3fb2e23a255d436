package io.ctx4j.grpc;

import io.ctx4j.CancelCtx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.grpc.Context;
import java.util.concurrent.TimeoutException;

/** Ends a Ctx with a context of gRPC's; its own end takes it off. */
final class GrpcToCtx extends DoneListener implements Context.CancellationListener {
  private final Context context;
  private final CancelCtx child;

  GrpcToCtx(Context context, CancelCtx child) {
    this.context = context;
    this.child = child;
  }

  void attach() {
    if (!listen(child)) {
      return;
    }
    context.addListener(this, Runnable::run);
    if (child.isDone()) { // perhaps before there was anything to take off
      context.removeListener(this);
    }
  }

  @Override
  protected void onDone(CtxException err) {
    context.removeListener(this);
  }

  @Override
  public void cancelled(Context canceled) {
    Throwable cause = canceled.cancellationCause();
    if (!(cause instanceof TimeoutException) || !CtxGrpc.isDue(child)) {
      child.cancel(cause);
    } // else the child's own deadline is at the same moment, and says which it was
  }
}

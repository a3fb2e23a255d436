package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Context.CancellationListener;

/**
 * Ends a context of gRPC's with a Ctx, and with its parent; its own end takes it off both.
 *
 * <p>The child is a fork of the parent, and the parent is listened to here: a child of gRPC's own
 * stays in its parent's list of listeners when it has been canceled, for as long as the parent
 * lives.
 */
final class CtxToGrpc extends DoneListener {
  private final Context parent;
  private final CancellableContext child;

  /** One instance: by that it is taken off. */
  private final CancellationListener withParent = this::parentCanceled;

  CtxToGrpc(Context parent, CancellableContext child) {
    this.parent = parent;
    this.child = child;
  }

  void attach(Ctx ctx) {
    if (!listen(ctx)) {
      onDone(requireNonNull(ctx.err()));
      return;
    }
    parent.addListener(withParent, Runnable::run);
    // which calls it at once, where it has been canceled meanwhile
    child.addListener(this::childCanceled, Runnable::run);
  }

  @Override
  protected void onDone(CtxException err) {
    child.cancel(err.copy());
  }

  private void parentCanceled(Context canceled) {
    child.cancel(canceled.cancellationCause());
  }

  private void childCanceled(Context canceled) {
    unlisten();
    parent.removeListener(withParent);
  }
}

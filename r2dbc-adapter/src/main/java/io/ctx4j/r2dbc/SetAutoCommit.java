package io.ctx4j.r2dbc;

import io.ctx4j.CtxException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * Auto-commit off begins a transaction, and on commits one: that of a done context is rolled back
 * before.
 *
 * <p>It is a resetting, too, so that it reaches the driver also then.
 */
final class SetAutoCommit extends Operation {
  private final boolean on;
  private final Transaction begun;
  private boolean superfluous;
  private @Nullable Transaction ended;
  private @Nullable CtxException refusal;

  SetAutoCommit(Session session, CoreSubscriber<? super Void> actual, boolean on) {
    super(session, actual);
    this.on = on;
    this.begun = new Transaction(session, ctx, false);
  }

  @Override
  @Nullable Throwable admit() {
    Transaction current = session.transaction();
    superfluous = session.isFormerOwner(ctx);
    if (superfluous) {
      return null;
    }
    if (!on) {
      CtxException err = ctx.err();
      if (err != null) {
        return err.copy();
      }
      if (current == null) {
        session.transaction(begun);
      }
    } else if (current != null) {
      ended = current;
      if (!current.isRolledBack()) { // else its owner takes note of that by this
        refusal = ctx.err() != null ? ctx.err() : current.cutBy();
        current.ending();
      }
    }
    return null;
  }

  @Override
  @Nullable Publisher<?> call() {
    if (superfluous) {
      return null;
    }
    if (ended != null) {
      ended.unwatch();
    } else if (isBegun()) {
      begun.watch();
    }
    Publisher<Void> set = session.delegate.setAutoCommit(on);
    return refusal == null
        ? set
        : Flux.concat(session.delegate.rollbackTransaction(), session.delegate.setAutoCommit(on));
  }

  private boolean isBegun() {
    synchronized (session.lock) {
      return session.transaction() == begun;
    }
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    if (ended != null) {
      session.transaction(null);
    } else if (session.transaction() == begun) {
      if (error == null && !session.isClosed()) {
        return begun.begun(heard);
      }
      begun.unwatch();
      session.transaction(null);
    }
    return error;
  }
}

package io.ctx4j.r2dbc;

import io.ctx4j.CtxException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/**
 * COMMIT, or ROLLBACK where the context is done before it is sent.
 *
 * <p>It rolls back by itself: whoever is refused a commit may clean up by switching auto-commit on,
 * which commits.
 */
final class Commit extends Operation {
  private @Nullable CtxException refusal;
  private @Nullable Transaction transaction;

  Commit(Session session, CoreSubscriber<? super Void> actual) {
    super(session, actual);
    session.endIsAsked();
  }

  @Override
  @Nullable Throwable admit() {
    Transaction current = session.transaction();
    if (current != null && current.isRolledBack()) {
      session.transaction(null);
      return current.why();
    }
    CtxException err = ctx.err();
    if (err != null && session.isFormerOwner(ctx)) {
      return err.copy();
    }
    if (err == null && current != null) {
      err = current.cutBy();
    }
    refusal = err;
    transaction = current;
    if (current != null) {
      current.ending();
    }
    return null;
  }

  @Override
  Publisher<?> call() {
    if (transaction != null) {
      transaction.unwatch();
    }
    return refusal == null
        ? session.delegate.commitTransaction()
        : session.delegate.rollbackTransaction();
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    session.transaction(null);
    CtxException refusal = this.refusal;
    if (refusal != null) {
      return error == null ? refusal.copy() : withSuppressed(refusal, error);
    }
    if (error == null || !session.isClosed()) {
      return error;
    }
    CtxException err = ctx.err();
    var unknown = new R2dbcNonTransientResourceException(
        "commit outcome unknown", err == null ? error : err.copy());
    if (unknown.getCause() != error) {
      unknown.addSuppressed(error);
    }
    return unknown;
  }

  @Override
  public String toString() {
    return "COMMIT";
  }
}

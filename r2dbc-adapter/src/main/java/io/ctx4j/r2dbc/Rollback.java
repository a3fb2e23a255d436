package io.ctx4j.r2dbc;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/**
 * ROLLBACK by the owner, which is fine where that has happened already, or the connection is gone.
 */
final class Rollback extends Operation {
  private boolean superfluous;
  private @Nullable Transaction transaction;

  Rollback(Session session, CoreSubscriber<? super Void> actual) {
    super(session, actual);
    session.endIsAsked();
  }

  @Override
  @Nullable Throwable admit() {
    Transaction current = session.transaction();
    superfluous = session.isFormerOwner(ctx) || (current != null && current.isRolledBack());
    if (!session.isFormerOwner(ctx) && current != null) {
      if (superfluous) {
        session.transaction(null);
      } else {
        transaction = current;
        current.ending();
      }
    }
    return null;
  }

  @Override
  @Nullable Publisher<?> call() {
    if (transaction != null) {
      transaction.unwatch();
    }
    return superfluous ? null : session.delegate.rollbackTransaction();
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    if (!superfluous) {
      session.transaction(null);
    }
    return session.isClosed() ? null : error;
  }

  @Override
  boolean outlivesDownstream() {
    return true;
  }

  @Override
  @Nullable Throwable whenClosed(Throwable why) {
    return null;
  }

  @Override
  public String toString() {
    return "ROLLBACK";
  }
}

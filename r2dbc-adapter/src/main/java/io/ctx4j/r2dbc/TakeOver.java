package io.ctx4j.r2dbc;

import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Lifecycle;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * A pool hands the connection out: once it has answered its former owner, and without that one's
 * transaction.
 *
 * <p>A pool takes back, without a word to us, what is canceled while it hands it out; that owner
 * may have got as far as BEGIN.
 */
final class TakeOver extends Operation {
  private @Nullable Transaction left;

  TakeOver(Session session, CoreSubscriber<? super Void> actual) {
    super(session, actual, CtxOps.get(actual.currentContext()));
  }

  @Override
  void prepare() {
    session.drainExecutions();
  }

  @Override
  @Nullable Throwable admit() {
    left = session.transaction();
    if (left != null && !left.isRolledBack()) {
      left.ending();
    } else {
      left = null;
    }
    return null;
  }

  @Override
  @Nullable Publisher<?> call() {
    Publisher<Void> below =
        session.delegate instanceof Lifecycle lifecycle ? lifecycle.postAllocate() : null;
    if (left == null) {
      return below;
    }
    left.unwatch();
    Publisher<Void> rollback = session.delegate.rollbackTransaction();
    return below == null ? rollback : Flux.concat(rollback, below);
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    session.acquiredBy(ctx);
    return error;
  }

  @Override
  boolean outlivesDownstream() {
    return true;
  }
}

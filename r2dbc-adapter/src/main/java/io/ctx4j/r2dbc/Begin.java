package io.ctx4j.r2dbc;

import io.ctx4j.CtxException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/** BEGIN. Whoever leaves before it was answered has no transaction, so it is rolled back. */
final class Begin extends Operation {
  private final Supplier<Publisher<Void>> begin;
  private final Transaction transaction;

  Begin(Session session, CoreSubscriber<? super Void> actual, Supplier<Publisher<Void>> begin) {
    super(session, actual);
    this.begin = begin;
    this.transaction = new Transaction(session, ctx, true);
  }

  @Override
  @Nullable Throwable admit() {
    CtxException err = ctx.err();
    if (err != null) {
      return err.copy();
    }
    Transaction before = session.transaction();
    if (before != null) { // to the driver this BEGIN is none, and the transaction goes on under its
      // context
      before.unwatch();
    }
    session.transaction(transaction);
    return null;
  }

  @Override
  Publisher<?> call() {
    transaction.watch();
    return begin.get();
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    if (error == null && !session.isClosed()) {
      return transaction.begun(heard);
    }
    transaction.unwatch();
    session.transaction(null);
    CtxException err = ctx.err();
    return err != null && error != null ? withSuppressed(err, error) : error;
  }
}

package io.ctx4j.r2dbc;

import io.ctx4j.CtxException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;

/** What needs no more than its turn: settings, validation, savepoints. */
final class Call extends Operation {
  enum Kind {
    /** Reaches the driver also with a done context. */
    RESET,
    /** Reaches the driver only with a live context: it is work. */
    WORK,
    /** Goes back within the transaction, which may be rolled back as a whole by then. */
    GO_BACK
  }

  private final Kind kind;
  private final Supplier<? extends Publisher<?>> call;
  private boolean superfluous;

  Call(
      Session session,
      CoreSubscriber<? super Void> actual,
      Kind kind,
      Supplier<? extends Publisher<?>> call) {
    super(session, actual);
    this.kind = kind;
    this.call = call;
  }

  @Override
  @Nullable Throwable admit() {
    Transaction transaction = session.transaction();
    boolean rolledBack = transaction != null && transaction.isRolledBack();
    switch (kind) {
      case RESET -> superfluous = session.isFormerOwner(ctx);
      case GO_BACK -> superfluous = rolledBack || session.isFormerOwner(ctx);
      case WORK -> {
        CtxException err = ctx.err();
        if (err != null) {
          return err.copy();
        }
        if (transaction != null && rolledBack) {
          return transaction.why();
        }
      }
    }
    return null;
  }

  @Override
  @Nullable Publisher<?> call() {
    return superfluous ? null : call.get();
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    CtxException err = ctx.err();
    return error != null && session.isClosed() && err != null ? withSuppressed(err, error) : error;
  }
}

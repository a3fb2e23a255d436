package io.ctx4j.r2dbc;

import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Lifecycle;
import java.time.Duration;
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
 *
 * <p>It may also have the connection all the same, and rolls back and closes, as who is canceled
 * does: what comes next waits for that. It is itself passed over if it is canceled meanwhile, and
 * the pool goes on to another.
 */
final class TakeOver extends Operation {
  /** Who is canceled has closed by then. */
  private static final Duration MOMENT = Duration.ofMillis(50);

  private Duration waited = Duration.ZERO;
  private boolean passedOver;
  private @Nullable Transaction left;

  TakeOver(Session session, CoreSubscriber<? super Void> actual) {
    super(session, actual, CtxOps.get(actual.currentContext()));
  }

  @Override
  void enter() {
    boolean taken;
    synchronized (session.lock) {
      session.ownership.comesNext(this);
      taken = session.ownership.isTaken();
    }
    if (taken) {
      enterLater();
    } else {
      enterNow();
    }
  }

  private void enterLater() {
    waited = waited.plus(MOMENT);
    TimeSource.system().schedule(this::enterAfterAMoment, MOMENT);
  }

  private void enterAfterAMoment() {
    boolean passedOver;
    synchronized (session.lock) {
      passedOver = !session.ownership.isNext(this);
    }
    if (passedOver) {
      return;
    }
    if (!session.ownership.isAnswering()) {
      enterNow();
    } else if (waited.compareTo(session.settings.giveUp()) < 0) {
      enterLater();
    } else {
      session.close("The connection's former owner does not let go of it", null);
      enterNow();
    }
  }

  private void enterNow() {
    session.drainExecutions();
    super.enter();
  }

  @Override
  @Nullable Throwable admit() {
    passedOver = !session.ownership.isNext(this);
    left = session.transaction();
    if (!passedOver && left != null && !left.isRolledBack()) {
      left.ending();
    } else {
      left = null;
    }
    return null;
  }

  @Override
  @Nullable Publisher<?> call() {
    if (passedOver) {
      return null;
    }
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
    if (!passedOver) {
      session.transaction(null);
      session.ownership.handedOutTo(ctx);
    }
    return error;
  }

  @Override
  boolean outlivesDownstream() {
    return true;
  }
}

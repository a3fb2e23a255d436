package io.ctx4j.r2dbc;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * The owner gives the connection back, to a pool or for good: once it has answered, without a
 * transaction and with the settings that it had.
 */
final class GiveBack extends Operation {
  enum To {
    /** A pool calls this before it takes the connection itself. */
    POOL_ABOVE,
    /** This closes what a pool has handed out. */
    POOL_BELOW,
    /** The connection ends. */
    NOBODY
  }

  private final To to;
  private final Supplier<Publisher<Void>> release;
  private @Nullable Transaction left;
  private boolean stray;

  GiveBack(
      Session session,
      CoreSubscriber<? super Void> actual,
      To to,
      Supplier<Publisher<Void>> release) {
    super(session, actual);
    this.to = to;
    this.release = release;
  }

  @Override
  void enter() {
    boolean drains;
    synchronized (session.lock) {
      drains = to != To.NOBODY && !session.isFormerOwner(ctx);
    }
    if (drains) {
      session.drainExecutions();
    }
    super.enter();
  }

  /** What is live does not keep a connection from being closed; what is canceled is ended first. */
  @Override
  boolean goesBeside(Work other) {
    return super.goesBeside(other)
        || (to == To.NOBODY && other instanceof Execution execution && !execution.isToBeEnded());
  }

  @Override
  @Nullable Throwable admit() {
    left = session.transaction();
    stray = session.isFormerOwner(ctx) || isClosedTwice(left);
    if (stray || to == To.NOBODY || left == null || left.isRolledBack()) {
      left = null;
    } else {
      left.ending();
    }
    return null;
  }

  /**
   * A pool's connection that two threads close is given back twice, and may be the next owner's by
   * then: r2dbc-pool puts up with that. It rolls back before this what its owner has begun and not
   * asked the end of, so such a transaction is the next one's.
   */
  private boolean isClosedTwice(@Nullable Transaction current) {
    return to == To.POOL_ABOVE && current != null && current.isEndedByPool();
  }

  @Override
  @Nullable Publisher<?> call() {
    if (stray) {
      return null;
    }
    if (left == null && (to == To.NOBODY || session.backstop.isUntouched())) {
      return release.get();
    }
    Flux<Void> cleanup = to == To.NOBODY ? Flux.empty() : Flux.from(session.backstop.restore());
    if (left != null) {
      left.unwatch();
      cleanup = Flux.concat(Flux.defer(session.delegate::rollbackTransaction), cleanup);
    }
    return Flux.concat(
        cleanup.onErrorResume(e -> session.physical.close()), // so that nobody gets it as it is
        Flux.defer(release));
  }

  @Override
  @Nullable Throwable settle(@Nullable Throwable error, boolean heard) {
    if (to == To.POOL_ABOVE) {
      if (!stray) {
        session.transaction(null);
        session.ownership.handedBack();
      }
      return error;
    }
    boolean wasClosed = session.isClosed();
    session.closedByOwner();
    return wasClosed ? null : error;
  }

  @Override
  boolean outlivesDownstream() {
    return true;
  }

  /** A pool above has to know that it cannot use this any more; who closes does not care. */
  @Override
  @Nullable Throwable whenClosed(Throwable why) {
    return to == To.POOL_ABOVE ? why : null;
  }
}

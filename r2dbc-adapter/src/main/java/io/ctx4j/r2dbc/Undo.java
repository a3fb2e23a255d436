package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * ROLLBACK on our own account: of a transaction whose context is done, or that nobody owns.
 *
 * <p>Its owner may never come: who is canceled between the end of BEGIN and the next operator has a
 * transaction without knowing it (reactor-core's {@code then}, so Spring's transaction manager).
 * What was acquired around a pool goes back to it then.
 */
final class Undo extends Work {
  /**
   * More than an owner takes who comes; what comes later finds the connection closed, and is
   * content.
   */
  private static final Duration FORGOTTEN = Duration.ofMillis(250);

  private final Transaction transaction;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile Ctx.@Nullable Registration giveUp;

  Undo(Session session, Transaction transaction) {
    super(session);
    this.transaction = transaction;
  }

  @Override
  boolean goesBeside(Work other) {
    return other instanceof Execution execution && execution.leavesRoom();
  }

  @Override
  @Nullable Throwable admit() {
    return null;
  }

  @Override
  void start() {
    giveUp = TimeSource.system()
        .schedule(
            () -> session.close("ROLLBACK: no answer in time", null), session.settings.giveUp());
    Flux.defer(session.delegate::rollbackTransaction)
        .subscribe(
            nothing -> {},
            e -> session.close("ROLLBACK has failed: " + e.getMessage(), null),
            this::answered);
  }

  private void answered() {
    if (over.compareAndSet(false, true)) {
      disarm();
      session.leave(this);
      if (session.settings.pooled()) {
        TimeSource.system().schedule(this::giveBackIfForgotten, FORGOTTEN);
      }
    }
  }

  private void giveBackIfForgotten() {
    synchronized (session.lock) {
      if (!transaction.isForgotten()) {
        return;
      }
      session.closedByOwner();
    }
    Flux.defer(session.delegate::close).subscribe(nothing -> {}, e -> {});
  }

  private void disarm() {
    Ctx.Registration giveUp = this.giveUp;
    if (giveUp != null) {
      giveUp.unregister();
    }
  }

  @Override
  void refuse(Throwable why) {}

  @Override
  void closed(Throwable why) {
    over.set(true);
    disarm();
  }

  @Override
  protected void onDone(CtxException err) {}
}

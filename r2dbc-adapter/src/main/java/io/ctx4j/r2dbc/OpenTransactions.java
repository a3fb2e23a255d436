package io.ctx4j.r2dbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The transactions of one chain of calls that are open, each within the one before, and are no part
 * of that.
 *
 * <p>A cancellation comes to all of them at once, and an inner one that has suspended the outer one
 * resumes it when its own rollback has been answered. So an outer one ends after those within.
 */
final class OpenTransactions {
  /** What has not ended by then is not going to, as whoever has it is gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final List<Open> all = new ArrayList<>(2);

  /** One of them. */
  final class Open {
    private final Sinks.Empty<Void> over = Sinks.empty();
    private @Nullable Object transaction;

    void hasBegun(Object transaction) {
      synchronized (OpenTransactions.this) {
        this.transaction = transaction;
      }
    }

    /** Or has not begun, or is part of another one. */
    void hasEnded() {
      synchronized (OpenTransactions.this) {
        all.remove(this);
      }
      over.tryEmitEmpty();
    }
  }

  /** One is about to begin. */
  synchronized Open begins() {
    var open = new Open();
    all.add(open);
    return open;
  }

  /** Ends one by commit or rollback, after those within. */
  Mono<Void> end(Object transaction, Mono<Void> how) {
    Open ending = null;
    List<Mono<Void>> within = new ArrayList<>(0);
    synchronized (this) {
      for (Open open : all) {
        if (ending != null) {
          within.add(open.over.asMono());
        } else if (open.transaction == transaction) {
          ending = open;
        }
      }
    }
    if (ending == null) {
      return how;
    }
    Open open = ending;
    Mono<Void> inTurn = within.isEmpty()
        ? how
        : Mono.firstWithSignal(Mono.when(within), Settings.after(PATIENCE)).then(how);
    return inTurn.doFinally(end -> open.hasEnded());
  }
}

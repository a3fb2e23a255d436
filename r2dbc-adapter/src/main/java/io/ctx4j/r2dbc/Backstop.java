package io.ctx4j.r2dbc;

import io.ctx4j.Ctx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The server's own statement timeout for a connection, in case that nobody is left to cancel.
 *
 * <p>It is the next power of two above twice what remains, so that it is later than the cancel, and
 * mostly what the connection has already: to set it is a message. It is never above what the user
 * has set, who is asked for once, and gone when the connection is given back or runs a statement
 * that has no deadline.
 *
 * <p>PostgreSQL takes back with a transaction what was set in it. So what was set in one that is
 * over counts as unknown.
 */
final class Backstop {
  private static final long NONE = 0;
  private static final long UNKNOWN = -1;
  private static final long MIN_MILLIS = 1_024;

  /** What comes of more is more than a server can count. */
  private static final Duration MAX_TIMEOUT = Duration.ofMillis(Integer.MAX_VALUE / 4 - 1);

  private final Session session;
  private final @Nullable String query;
  private volatile long own = UNKNOWN;
  private volatile long current = UNKNOWN;
  private volatile @Nullable Transaction setIn;

  /** @param query selects the user's own timeout in milliseconds; null: there is no backstop */
  Backstop(Session session, @Nullable String query) {
    this.session = session;
    this.query = query;
  }

  /** Whether the connection has, or may have, another timeout than the user's. The lock is held. */
  boolean isSet() {
    return own != UNKNOWN && (current != own || setIn != session.transaction());
  }

  /** Whether it was never set, nor asked for: there is nothing to restore. */
  boolean isUntouched() {
    return own == UNKNOWN;
  }

  /** What has to happen before a statement under that context; null: nothing. */
  @Nullable Publisher<Void> before(Ctx ctx) {
    if (query == null) {
      return null;
    }
    Duration remaining = ctx.isDone() ? null : ctx.remaining();
    if (own == UNKNOWN) {
      return remaining == null
          ? null
          : readOwn(query).then(Mono.defer(() -> set(wanted(remaining))));
    }
    long wanted = remaining == null ? own : wanted(remaining);
    return wanted == current() ? null : set(wanted);
  }

  private long wanted(Duration remaining) {
    if (remaining.compareTo(MAX_TIMEOUT) > 0) {
      return own;
    }
    long twice = Math.max(MIN_MILLIS, remaining.plusMillis(1).multipliedBy(2).toMillis());
    long coarse = Long.highestOneBit(twice - 1) << 1;
    return own == NONE ? coarse : Math.min(own, coarse);
  }

  private long current() {
    synchronized (session.lock) {
      return setIn == session.transaction() ? current : UNKNOWN;
    }
  }

  private Mono<Void> readOwn(String query) {
    return Flux.defer(() -> session.delegate.createStatement(query).execute())
        .flatMap(result -> result.map(row -> String.valueOf(row.get(0))))
        .doOnNext(millis -> own = current = Long.parseLong(millis))
        .then();
  }

  private Mono<Void> set(long millis) {
    if (millis == current()) {
      return Mono.empty();
    }
    return Mono.defer(
            () -> Mono.from(session.delegate.setStatementTimeout(Duration.ofMillis(millis))))
        .doOnSuccess(done -> {
          synchronized (session.lock) {
            current = millis;
            setIn = session.transaction();
          }
        });
  }

  /** The user has set it. */
  void ownIs(Duration timeout) {
    if (query != null) {
      synchronized (session.lock) {
        own = current = timeout.toMillis();
        setIn = session.transaction();
      }
    }
  }

  /** Before the connection is another's. */
  Publisher<Void> restore() {
    return Mono.defer(() -> isUntouched() ? Mono.empty() : set(own));
  }
}

package io.ctx4j.examples.orders;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Signal;
import reactor.core.publisher.Sinks;

/**
 * One statement on one connection, which goes back to the pool once, and idle.
 *
 * <p>PostgreSQL cancels on a message over a second connection, which names a session and not a
 * statement. It can come too early: then it is lost, and the statement runs to its end. It can come
 * too late: then it hits what the session does next. Therefore
 *
 * <ul>
 *   <li>the driver is not told to stop listening: it says when the statement is over;
 *   <li>until then the message is sent again, each time after the one before was delivered;
 *   <li>only then the connection goes back, so that no message can hit its next user.
 * </ul>
 *
 * <p>{@code usingWhen} on the pool is not up to this: the pool takes a connection back also when it
 * is canceled while it hands it out, and then two requests have it. Here one step decides each: the
 * lambda subscriber of {@link #start} whether the connection is the pool's or ours, {@link #taken}
 * whether downstream is told of the end or has gone.
 */
final class StatementRun<T> {

  private static final Duration ASK_AGAIN = Duration.ofMillis(50);
  private static final Duration GIVE_UP = Duration.ofSeconds(2);

  private final Function<Connection, Mono<T>> statement;
  private final MonoSink<T> downstream;
  private final Sinks.Empty<Void> canceled = Sinks.empty();
  private final AtomicBoolean taken = new AtomicBoolean();

  StatementRun(Function<Connection, Mono<T>> statement, MonoSink<T> downstream) {
    this.statement = statement;
    this.downstream = downstream;
  }

  void start(ConnectionPool pool) {
    Disposable acquisition = pool.create().subscribe(this::run, downstream::error);
    downstream.onCancel(() -> {
      acquisition.dispose();
      canceled.tryEmitEmpty();
    });
  }

  private void run(Connection connection) {
    Mono<Signal<T>> end = Mono.defer(() -> statement.apply(connection))
        .contextWrite(downstream.contextView())
        .materialize()
        .cache();
    end.subscribe(signal -> finish(connection, signal));
    canceled.asMono().subscribe(null, null, () -> abort(connection, end));
  }

  private void finish(Connection connection, Signal<T> end) {
    if (taken.compareAndSet(false, true)) {
      release(connection).subscribe(null, downstream::error, () -> deliver(end));
    }
  }

  private void deliver(Signal<T> end) {
    Throwable error = end.getThrowable();
    if (error != null) {
      downstream.error(error);
    } else {
      downstream.success(end.get());
    }
  }

  private void abort(Connection connection, Mono<Signal<T>> end) {
    if (taken.compareAndSet(false, true)) {
      untilOver(unwrap(connection), end.hasElement()).then(release(connection)).subscribe();
    }
  }

  private static Mono<Void> untilOver(PostgresqlConnection connection, Mono<Boolean> over) {
    return connection
        .cancelRequest() // completes when the message was delivered
        .onErrorComplete()
        .then(over.timeout(ASK_AGAIN, Mono.just(false)))
        .repeat()
        .filter(isOver -> isOver)
        .next()
        .timeout(GIVE_UP, Mono.just(false))
        .flatMap(isOver -> isOver ? Mono.empty() : connection.close());
  }

  /** The pool itself drops a connection that is closed. */
  private static Mono<Void> release(Connection connection) {
    return Mono.defer(() -> Mono.from(connection.close())).onErrorComplete();
  }

  private static PostgresqlConnection unwrap(Connection pooled) {
    return Objects.requireNonNull(((Wrapped<?>) pooled).unwrap(PostgresqlConnection.class));
  }
}

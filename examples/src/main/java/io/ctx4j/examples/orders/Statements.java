package io.ctx4j.examples.orders;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Runs statements on pooled connections, so that canceling one ends it in the database too.
 *
 * <p>With R2DBC alone a canceled statement runs on, in a connection that the pool hands to the next
 * request. What is done about that is in {@link StatementRun}.
 */
final class Statements implements AutoCloseable {

  private final ConnectionPool pool;

  Statements(ConnectionPool pool) {
    this.pool = pool;
  }

  /** Runs a query of at most one row; the parameters are those of {@code $1}, {@code $2} and so on. */
  <T> Mono<T> one(String sql, Function<Readable, T> row, Object... parameters) {
    return Mono.create(
        sink -> new StatementRun<>(connection -> execute(connection, sql, row, parameters), sink)
            .start(pool));
  }

  private static <T> Mono<T> execute(
      Connection connection, String sql, Function<Readable, T> row, Object... parameters) {
    Statement statement = connection.createStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.bind(i, parameters[i]);
    }
    return Flux.from(statement.execute()).flatMap(result -> result.map(row)).singleOrEmpty();
  }

  @Override
  public void close() {
    pool.dispose();
  }
}

package io.ctx4j.examples.orders;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/**
 * Asks the database what it is working on for the services.
 *
 * <p>It has a connection of its own: on a service's pool it would wait behind what it counts.
 */
final class Queries implements AutoCloseable {

  private final ConnectionPool connection;
  private final DatabaseClient database;

  Queries(String url) {
    connection =
        new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(url))
            .initialSize(1)
            .maxSize(1)
            .build());
    database = DatabaseClient.create(connection);
  }

  Mono<Long> active() {
    return database
        .sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('ctx4j-orders', 'ctx4j-inventory') AND state = 'active'")
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }

  @Override
  public void close() {
    connection.dispose();
  }
}

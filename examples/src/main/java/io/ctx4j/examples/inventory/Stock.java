package io.ctx4j.examples.inventory;

import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/** What is asked of the database; it knows nothing of deadlines. */
final class Stock {
  private final DatabaseClient database;

  Stock(DatabaseClient database) {
    this.database = database;
  }

  /** A statement that takes its time in the database. */
  Mono<Long> count(double seconds) {
    return database
        .sql(
            "WITH pause AS MATERIALIZED (SELECT pg_sleep(:seconds)) SELECT count(*) FROM stock, pause")
        .bind("seconds", seconds)
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }
}

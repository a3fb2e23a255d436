package io.ctx4j.r2dbc;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * PostgreSQL's cancel message: over a connection of its own, which the server closes once it was
 * delivered.
 */
final class PostgresCanceler implements Canceler {

  @Override
  public Publisher<Void> cancel(Connection physical) {
    return physical instanceof PostgresqlConnection connection
        ? connection.cancelRequest()
        : Mono.empty();
  }

  @Override
  public String toString() {
    return "its cancel message";
  }
}

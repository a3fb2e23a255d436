package io.ctx4j.examples.orders;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A real PostgreSQL with a thousand orders that lives and ends with the service. */
final class Postgres implements AutoCloseable {

  /** The application name of the service's connections, by which its statements are counted. */
  static final String SERVICE = "ctx4j-orders";

  private final EmbeddedPostgres server;

  private Postgres(EmbeddedPostgres server) {
    this.server = server;
  }

  static Postgres start() throws IOException, SQLException {
    Postgres postgres = new Postgres(EmbeddedPostgres.builder()
        .setServerConfig("listen_addresses", "127.0.0.1")
        // ends the statements of a service that was killed and could not cancel them itself
        .setServerConfig("client_connection_check_interval", "100ms")
        // each canceled statement is an error to the server, and here it is the daily business
        .setServerConfig("log_min_messages", "fatal")
        // a hook of its own would stop the database while the service still ends its requests
        .setRegisterShutdownHook(false)
        .start());
    try {
      postgres.createOrders();
      return postgres;
    } catch (SQLException e) {
      postgres.close();
      throw e;
    }
  }

  private void createOrders() throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL)");
      statement.execute(
          "INSERT INTO orders SELECT id, 'item ' || id FROM generate_series(1, 1000) id");
    }
  }

  ConnectionPool pool(String applicationName, int size) {
    PostgresqlConnectionFactory factory =
        new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
            .host("127.0.0.1")
            .port(server.getPort())
            .username("postgres")
            .database("postgres")
            .applicationName(applicationName)
            .build());
    ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
        .initialSize(size)
        .maxSize(size)
        .build());
    pool.warmup().block();
    return pool;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

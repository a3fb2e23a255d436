package io.ctx4j.examples.orders;

import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactoryOptions;
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
      statement.execute("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)");
      statement.execute(
          "INSERT INTO orders (item) SELECT 'item ' || id FROM generate_series(1, 1000) id");
      statement.execute(
          "CREATE TABLE ledger"
              + " (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, entry text NOT NULL)");
    }
  }

  ConnectionFactoryOptions options(String applicationName) {
    return ConnectionFactoryOptions.builder()
        .option(ConnectionFactoryOptions.DRIVER, "postgresql")
        .option(ConnectionFactoryOptions.HOST, "127.0.0.1")
        .option(ConnectionFactoryOptions.PORT, server.getPort())
        .option(ConnectionFactoryOptions.USER, "postgres")
        .option(ConnectionFactoryOptions.DATABASE, "postgres")
        .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, applicationName)
        .build();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

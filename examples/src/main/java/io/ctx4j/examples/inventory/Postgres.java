package io.ctx4j.examples.inventory;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A real PostgreSQL with a thousand orders and their items, which lives and ends with the inventory
 * service.
 *
 * <p>The orders service has its tables on the same server: a second one would take seconds more to
 * start.
 */
public final class Postgres implements AutoCloseable {

  private final EmbeddedPostgres server;

  private Postgres(EmbeddedPostgres server) {
    this.server = server;
  }

  static Postgres start() throws IOException, SQLException {
    Postgres postgres = new Postgres(EmbeddedPostgres.builder()
        .setPGStartupWait(Duration.ofMinutes(2)) // where the machine has much else to do
        .setServerConfig("listen_addresses", "127.0.0.1")
        // ends the statements of a service that was killed and could not cancel them itself
        .setServerConfig("client_connection_check_interval", "100ms")
        // each canceled statement is an error to the server, and here it is the daily business
        .setServerConfig("log_min_messages", "fatal")
        // a hook of its own would stop the database while the service still ends its requests
        .setRegisterShutdownHook(false)
        .start());
    try {
      postgres.createTables();
      return postgres;
    } catch (SQLException e) {
      postgres.close();
      throw e;
    }
  }

  private void createTables() throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)");
      statement.execute(
          "INSERT INTO orders (item) SELECT 'item ' || id FROM generate_series(1, 1000) id");
      statement.execute(
          "CREATE TABLE ledger"
              + " (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, entry text NOT NULL)");
      statement.execute("CREATE TABLE stock AS SELECT item, id % 7 AS pieces FROM orders");
    }
  }

  /** Its R2DBC URL. */
  public String url() {
    return "r2dbc:postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres";
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

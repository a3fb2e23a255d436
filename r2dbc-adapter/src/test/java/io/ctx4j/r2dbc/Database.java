package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.Await;
import io.ctx4j.testing.Postgres;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import reactor.core.publisher.Mono;

/**
 * One PostgreSQL for all tests of the JVM, and what it has to say about an application's
 * connections.
 */
final class Database {
  static final Duration STUCK = Duration.ofSeconds(60);

  static final Server POSTGRESQL = new Postgresql();

  private static final EmbeddedPostgres SERVER = start();
  private static final Connection WATCH = connect();

  private Database() {}

  private static EmbeddedPostgres start() {
    try {
      return Postgres.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Connection connect() {
    try {
      return SERVER.getPostgresDatabase().getConnection();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static int port() {
    return SERVER.getPort();
  }

  static PostgresqlConnectionFactory driver(String application) {
    return driver(application, port());
  }

  static PostgresqlConnectionFactory driver(String application, int port) {
    return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .database("postgres")
        .applicationName(application)
        .build());
  }

  static ConnectionPool pool(ConnectionFactory factory, int size) {
    return new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
        .initialSize(size)
        .maxSize(size)
        .build());
  }

  static synchronized void execute(String sql) {
    try (Statement statement = WATCH.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static synchronized long count(String sql) {
    try (Statement statement = WATCH.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static synchronized void forEachInt(String sql, IntConsumer action) {
    try (Statement statement = WATCH.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        action.accept(rows.getInt(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Statements of the application that take their time; what a driver asks as it connects is none.
   */
  static long active(String application) {
    return inState(application, "state = 'active' AND query LIKE '%pg_sleep%'");
  }

  /** Waits until a statement sleeps: one with parameters is active as soon as it is parsed. */
  static void awaitRuns(String application) {
    await("it runs", () -> inState(application, "wait_event = 'PgSleep'") == 1);
  }

  static long idleInTransaction(String application) {
    return inState(application, "state like 'idle in transaction%'");
  }

  static long connections(String application) {
    return inState(application, "true");
  }

  private static long inState(String application, String condition) {
    return count("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + application
        + "' AND " + condition);
  }

  static <T> T get(Mono<T> mono) {
    return requireNonNull(mono.block(STUCK));
  }

  static void await(String what, BooleanSupplier condition) {
    Await.until(condition, () -> what);
  }

  /** The same, for tests that run on others, too. */
  private static final class Postgresql implements Server {
    @Override
    public ConnectionFactory driver(String application) {
      return Database.driver(application);
    }

    @Override
    public void execute(String sql) {
      Database.execute(sql);
    }

    @Override
    public long count(String sql) {
      return Database.count(sql);
    }

    @Override
    public void forEachInt(String sql, IntConsumer action) {
      Database.forEachInt(sql, action);
    }

    @Override
    public String table(String application, String name) {
      return name;
    }

    @Override
    public String slow(int seconds) {
      return "SELECT 0 FROM pg_sleep(" + seconds + ")";
    }

    @Override
    public String parameter(int number) {
      return "$" + number + "::int";
    }

    @Override
    public long active(String application) {
      return Database.active(application);
    }

    @Override
    public long idleInTransaction(String application) {
      return Database.idleInTransaction(application);
    }

    @Override
    public long connections(String application) {
      return Database.connections(application);
    }
  }
}

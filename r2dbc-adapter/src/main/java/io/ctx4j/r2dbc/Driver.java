package io.ctx4j.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;

/** What is known of the drivers, by their classes' names: none of them has to be there. */
enum Driver {
  POSTGRESQL("io.r2dbc.postgresql."),
  MARIADB("org.mariadb.r2dbc."),
  MYSQL("io.asyncer.r2dbc.mysql."),
  /** Cancels by itself what is canceled at it. */
  ORACLE("oracle.r2dbc."),
  OTHER("");

  private static final String POOL = "io.r2dbc.pool.ConnectionPool";

  private final String prefix;

  Driver(String prefix) {
    this.prefix = prefix;
  }

  static Driver of(ConnectionFactory factory) {
    String name = physical(factory).getClass().getName();
    for (Driver driver : values()) {
      if (name.startsWith(driver.prefix)) {
        return driver;
      }
    }
    return OTHER;
  }

  /**
   * @param bound whether the statement has parameters
   * @param inParts whether it has a fetch size
   */
  ResultShape shape(boolean bound, boolean inParts) {
    return switch (this) {
      case POSTGRESQL ->
        bound
            ? (inParts ? ResultShape.COLD_CURSORS : ResultShape.COLD)
            : (inParts ? ResultShape.CURSOR : ResultShape.WINDOWS);
      case MARIADB, MYSQL -> ResultShape.WINDOWS;
      case ORACLE -> ResultShape.CANCELED_BY_DRIVER;
      case OTHER -> ResultShape.UNKNOWN;
    };
  }

  /** Its canceler; null: it has none. */
  @Nullable Canceler canceler(ConnectionFactory factory) {
    return switch (this) {
      case POSTGRESQL -> new PostgresCanceler();
      case MARIADB, MYSQL -> new KillQuery(physical(factory));
      case ORACLE, OTHER -> null;
    };
  }

  /** Selects a session's statement timeout in milliseconds; null: it has none that is of use. */
  @Nullable String timeoutQuery() {
    return switch (this) {
      case POSTGRESQL -> "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'";
      case MARIADB -> "SELECT CAST(@@max_statement_time * 1000 AS UNSIGNED)";
      case MYSQL -> "SELECT @@max_execution_time";
      case ORACLE, OTHER -> null;
    };
  }

  static boolean isPooled(ConnectionFactory factory) {
    for (ConnectionFactory each = factory;
        each != null;
        each = inner(each, ConnectionFactory.class)) {
      if (isPool(each.getClass())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPool(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      if (each.getName().equals(POOL)) {
        return true;
      }
    }
    return false;
  }

  /** The driver's own, below all that wraps it. */
  static ConnectionFactory physical(ConnectionFactory factory) {
    return innermost(factory, ConnectionFactory.class);
  }

  static Connection physical(Connection connection) {
    return innermost(connection, Connection.class);
  }

  private static <T> T innermost(T outermost, Class<T> kind) {
    T each = outermost;
    for (T inner = inner(each, kind); inner != null; inner = inner(each, kind)) {
      each = inner;
    }
    return each;
  }

  /** What it wraps; null: nothing of that kind, or itself. */
  private static <T> @Nullable T inner(T outer, Class<T> kind) {
    Object inner = outer instanceof Wrapped<?> wrapped ? wrapped.unwrap() : null;
    return inner != outer && kind.isInstance(inner) ? kind.cast(inner) : null;
  }
}

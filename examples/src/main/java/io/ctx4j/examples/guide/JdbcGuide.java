package io.ctx4j.examples.guide;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.postgresql.PGConnection;

/** A JDBC statement that ends with its context, on PostgreSQL. */
final class JdbcGuide {
  private JdbcGuide() {}

  // region statement
  /**
   * Runs the statement on this thread, and cancels it in the database once ctx is done.
   *
   * @param canceler runs the cancel, which makes a connection of its own: 20 ms between two
   */
  static <T> T call(
      Ctx ctx, Executor canceler, Statement statement, Ctx.Task<T, SQLException> execute)
      throws SQLException {
    ctx.throwIfDone();
    var cancel = new StatementCancel(statement);
    Ctx.Registration registration = ctx.onDone(cancel, canceler);
    try {
      return execute.call();
    } catch (SQLException e) {
      try {
        ctx.throwIfDone();
      } catch (CtxException end) {
        end.addSuppressed(e);
        throw end;
      }
      throw e;
    } finally {
      registration.unregister();
      cancel.executed();
    }
  }

  private static final class StatementCancel implements Runnable {
    private final Statement statement;
    private final PGConnection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean executed;

    StatementCancel(Statement statement) throws SQLException {
      this.statement = statement;
      this.connection = statement.getConnection().unwrap(PGConnection.class);
    }

    /** The first one may come before the statement is in the server, and is lost then. */
    @Override
    public void run() {
      try {
        for (boolean first = true; cancel(first); first = false) {
          Thread.sleep(20);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean cancel(boolean first) {
      lock.lock();
      try {
        if (executed) {
          return false;
        }
        if (first) {
          statement.cancel();
        } else {
          connection.cancelQuery(); // the driver's own acts once
        }
      } catch (SQLException e) {
        // no connection to be had: asked again
      } finally {
        lock.unlock();
      }
      return true;
    }

    /** Waits for a cancel that is under way: it would hit the next statement of this connection. */
    void executed() {
      lock.lock();
      try {
        executed = true;
      } finally {
        lock.unlock();
      }
    }
  }
  // endregion
}

package io.ctx4j.r2dbc;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.ConnectionFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** Where the decorator stands: what is promised holds in both places. */
enum Place {
  BELOW_POOL,
  AROUND_POOL;

  private static final AtomicInteger NEXT = new AtomicInteger();

  Service service(int size) {
    return service(size, builder -> builder);
  }

  Service service(int size, UnaryOperator<CtxConnectionFactory.Builder> settings) {
    return service(Database.POSTGRESQL, size, settings);
  }

  Service service(Server server, int size, UnaryOperator<CtxConnectionFactory.Builder> settings) {
    String name = "r2dbc_" + NEXT.incrementAndGet();
    return service(server, name, server.driver(name), size, settings);
  }

  Service service(
      String name, Hooked driver, UnaryOperator<CtxConnectionFactory.Builder> settings) {
    return service(Database.POSTGRESQL, name, driver.factory(), 1, settings);
  }

  private Service service(
      Server server,
      String name,
      ConnectionFactory driver,
      int size,
      UnaryOperator<CtxConnectionFactory.Builder> settings) {
    if (this == BELOW_POOL) {
      ConnectionPool pool =
          Database.pool(settings.apply(CtxConnectionFactory.builder(driver)).build(), size);
      pool.warmup().block(Database.STUCK);
      return new Service(server, name, pool, pool);
    }
    ConnectionPool pool = Database.pool(driver, size);
    pool.warmup().block(Database.STUCK);
    return new Service(
        server, name, settings.apply(CtxConnectionFactory.builder(pool)).build(), pool);
  }

  /** An application's connections. */
  record Service(Server server, String name, ConnectionFactory connections, ConnectionPool pool)
      implements AutoCloseable {

    PoolMetrics metrics() {
      return pool.getMetrics().orElseThrow();
    }

    /** Waits until nothing of what was asked for is left. */
    void awaitNothingLeft() {
      Database.await(
          name + ": acquired " + metrics().acquiredSize() + ", active " + server.active(name),
          () -> metrics().acquiredSize() == 0 && server.active(name) == 0);
      Database.await(name + " idle in transaction", () -> server.idleInTransaction(name) == 0);
    }

    /**
     * Waits until so many connections are in the pool: before they are, none is acquired any more.
     */
    void awaitIdle(int connections) {
      Database.await(name + " idle", () -> metrics().idleSize() == connections);
    }

    /** Waits, as long as any test, until nothing is left; what then is, is a finding. */
    void awaitQuiet() {
      long start = System.nanoTime();
      while (System.nanoTime() - start < Database.STUCK.toNanos()
          && (metrics().acquiredSize() != 0
              || server.active(name) != 0
              || server.idleInTransaction(name) != 0)) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    @Override
    public void close() {
      pool.dispose();
    }
  }
}

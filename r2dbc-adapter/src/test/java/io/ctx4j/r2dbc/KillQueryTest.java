package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * What MariaDB and MySQL need besides: a session's number, asked for before its connection is
 * handed out. Here PostgreSQL has to answer that; {@link MariaDbTest} has the real one.
 */
class KillQueryTest {
  private static final String PREPARATION = "SELECT CONNECTION_ID()";

  private final String name = "kill-query";
  /** Its connections are the physical ones. */
  private final Hooked driver = new Hooked(Database.driver(name), false);

  @BeforeAll
  static void define() {
    Database.execute("CREATE OR REPLACE FUNCTION connection_id() RETURNS int LANGUAGE sql"
        + " AS 'SELECT pg_backend_pid()'");
  }

  private ConnectionFactory decorated(ConnectionFactory connections) {
    return CtxConnectionFactory.builder(connections)
        .canceler(new KillQuery(driver.factory()))
        .build();
  }

  private static boolean isPreparation(String call) {
    return call.equals(PREPARATION);
  }

  /** Acquires one, and cancels that as its number is asked for. */
  private void acquireAndLeave(ConnectionFactory connections) {
    acquireAndLeave(driver, connections, () -> {});
  }

  private static void acquireAndLeave(
      Hooked driver, ConnectionFactory connections, Runnable meanwhile) {
    var subscription = new AtomicReference<Subscription>();
    driver.before = call -> {
      if (isPreparation(call)) {
        driver.before = each -> {};
        meanwhile.run();
        requireNonNull(subscription.get()).cancel();
      }
    };
    Mono.<Connection>from(connections.create()).subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription s) {
        subscription.set(s);
        s.request(1);
      }

      @Override
      protected void hookOnNext(Connection connection) {
        throw new AssertionError("handed out to nobody");
      }
    });
    Database.await("it was asked for", () -> driver.calls.contains(PREPARATION));
  }

  @Test
  @DisplayName("D4, D10 left while its number is asked for, a pool's connection goes back")
  void pooledAcquisition_leftWhilePreparing_goesBack() {
    var pool = Database.pool(driver.factory(), 1);
    try {
      pool.warmup().block(STUCK);
      var connections = decorated(pool);
      acquireAndLeave(connections);

      var metrics = pool.getMetrics().orElseThrow();
      Database.await("acquired", () -> metrics.acquiredSize() == 0);
      Database.await("and lives", () -> metrics.idleSize() == 1);
      Integer row = Mono.usingWhen(
              connections.create(),
              c -> Mono.from(StatementTest.one(c, "SELECT 7")),
              Connection::close)
          .block(STUCK);
      assertThat(row).isEqualTo(7);
      assertThat(driver.calls.stream().filter(KillQueryTest::isPreparation))
          .as("asked once")
          .hasSize(1);
    } finally {
      pool.dispose();
    }
  }

  @Test
  @DisplayName("D4, D10 left while its number is asked for, a driver's connection is closed")
  void acquisition_leftWhilePreparing_isClosed() {
    acquireAndLeave(decorated(driver.factory()));

    Database.await("connections", () -> Database.connections(name) == 0);
  }

  @Test
  @DisplayName("D1, D10 a network that swallows the answer: the connection is given up")
  void acquisition_noAnswer_givenUp() throws Exception {
    try (var proxy = new SwallowingProxy(Database.port())) {
      var driver = new Hooked(Database.driver("kill-query-swallowed", proxy.port()), false);
      var pool = Database.pool(driver.factory(), 1);
      pool.warmup().block(STUCK);
      var swallowed = CtxConnectionFactory.builder(pool)
          .canceler(new KillQuery(driver.factory()))
          .giveUp(Duration.ofMillis(200))
          .build();
      acquireAndLeave(driver, swallowed, proxy::swallow);

      Database.await("acquired", () -> pool.getMetrics().orElseThrow().acquiredSize() == 0);
      pool.dispose();
    }
  }

  @Test
  @DisplayName("D10 without its number a connection is given back, and who asked for it is told")
  void acquisition_preparationFails_givenBackAndTold() {
    var pool = Database.pool(driver.factory(), 1);
    try {
      pool.warmup().block(STUCK);
      var connections = decorated(pool);
      driver.before = call -> {
        if (isPreparation(call)) {
          throw new IllegalStateException("no number");
        }
      };
      assertThatThrownBy(() -> Mono.from(connections.create()).block(STUCK))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no number");

      Database.await("acquired", () -> pool.getMetrics().orElseThrow().acquiredSize() == 0);
    } finally {
      pool.dispose();
    }
  }
}

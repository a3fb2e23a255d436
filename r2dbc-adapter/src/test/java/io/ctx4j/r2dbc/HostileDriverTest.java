package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.StandIn.SLOW;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Threads;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import oracle.r2dbc.OracleStandIn;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mariadb.r2dbc.MariaDbStandIn;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Drivers that throw where they may not, or never come back: given up in time, and nobody else is
 * harmed.
 */
class HostileDriverTest {
  private static final Duration STUCK = Duration.ofSeconds(60);
  private static final Duration GIVE_UP = Duration.ofMillis(200);

  private final CancelCtx ctx = Ctx.background().withCancel();

  private static Connection connect(ConnectionFactory driver) {
    CtxConnectionFactory connections =
        CtxConnectionFactory.builder(driver).giveUp(GIVE_UP).build();
    return requireNonNull(connections.create().block(STUCK));
  }

  private CompletableFuture<Integer> slow(Connection connection) {
    return Mono.from(StatementTest.one(connection, SLOW))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
  }

  private static IllegalStateException onPurpose() {
    return new IllegalStateException("thrown on purpose");
  }

  @Test
  @DisplayName("D1 a driver's cancel that throws: the connection is closed, and who waits is told")
  void cancel_throws_isGivenUp() {
    StandIn driver = new OracleStandIn();
    driver.inCancel = () -> {
      throw onPurpose();
    };
    Connection connection = connect(driver);
    CompletableFuture<Integer> end = slow(connection);

    ctx.cancel();

    OtherDriverTest.assertCut(end);
    assertThat(driver.calls).containsExactly("1 " + SLOW, "1 close");
    assertThat(ctx.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("D1 a driver's cancel that does not return: likewise")
  void cancel_doesNotReturn_isGivenUp() {
    StandIn driver = new OracleStandIn();
    var mayReturn = new CountDownLatch(1);
    driver.inCancel = () -> Threads.await(mayReturn);
    Connection connection = connect(driver);
    CompletableFuture<Integer> end = slow(connection);

    Future<?> canceling = Threads.start(ctx::cancel);
    try {
      assertThat(end)
          .failsWithin(Duration.ofSeconds(Threads.STUCK_SECONDS / 2))
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOf(CanceledException.class);
      assertThat(driver.calls).containsExactly("1 " + SLOW, "1 close");
    } finally {
      mayReturn.countDown();
    }
    Threads.join(canceling);
  }

  @Test
  @DisplayName("D1 a driver that throws when it is to be drained: likewise")
  void request_throws_isGivenUp() {
    LongConsumer inRequest = n -> {
      if (ctx.isDone()) {
        throw onPurpose();
      }
    };
    OtherDriver driver = OtherDriver.of(
        sql -> Hostile.mono(Mono.<Integer>never(), inRequest, () -> {}).flux());
    Connection connection = connect(driver);
    CompletableFuture<Integer> end = slow(connection);

    ctx.cancel();

    OtherDriverTest.assertCut(end);
    assertThat(driver.calls).containsExactly("execute", SLOW, "close");
  }

  @Test
  @DisplayName("D10 a driver that never says that a connection is closed: the pool has it back")
  void close_neverCompletes_poolHasItBack() {
    OtherDriver driver = OtherDriver.of(sql -> Flux.never());
    driver.answers = call -> call.equals("close") ? Mono.never() : Mono.empty();
    var pool = new ConnectionPool(
        ConnectionPoolConfiguration.builder(driver).initialSize(1).maxSize(1).build());
    CompletableFuture<Integer> end = slow(connect(pool));

    ctx.cancel();

    OtherDriverTest.assertCut(end);
    Await.until(
        () -> pool.getMetrics().orElseThrow().acquiredSize() == 0, () -> "it is still acquired");
  }

  /** Throws from a method itself, and not by what that returns. */
  private static void throwIn(StandIn driver, String call) {
    driver.inCall = called -> {
      if (called.equals(call)) {
        throw onPurpose();
      }
    };
  }

  @Test
  @DisplayName("D3 a driver whose rollbackTransaction throws: the connection is closed at once")
  void rollback_throws_connectionIsClosed() {
    StandIn driver = new OracleStandIn();
    Connection connection = requireNonNull(CtxConnectionFactory.builder(driver)
        .giveUp(Duration.ofHours(1))
        .build()
        .create()
        .block(STUCK));
    throwIn(driver, "rollbackTransaction");
    Mono.from(connection.beginTransaction()).contextWrite(CtxOps.put(ctx)).block(STUCK);

    ctx.cancel();

    Await.until(() -> driver.calls.contains("1 close"), driver.calls::toString);
  }

  @Test
  @DisplayName("D10 likewise where the owner closes in the middle of one: the pool has it back")
  void rollback_throwsInClose_poolHasItBack() {
    StandIn driver = new OracleStandIn();
    var pool = new ConnectionPool(
        ConnectionPoolConfiguration.builder(driver).initialSize(1).maxSize(1).build());
    Connection connection = connect(pool);
    throwIn(driver, "rollbackTransaction");
    Mono.from(connection.beginTransaction()).contextWrite(CtxOps.put(ctx)).block(STUCK);

    Mono.from(connection.close()).block(STUCK);

    assertThat(driver.calls).contains("1 close");
    assertThat(pool.getMetrics().orElseThrow().acquiredSize()).isZero();
  }

  @Test
  @DisplayName(
      "D8 a driver that throws when its session's number is asked for: create() fails with that")
  void prepare_throws_createFails() {
    StandIn driver = new MariaDbStandIn();
    throwIn(driver, "createStatement");

    assertThat(CtxConnectionFactory.of(driver).create().toFuture())
        .failsWithin(STUCK)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .withMessage("thrown on purpose");
    assertThat(driver.calls).containsExactly("1 close");
  }

  @Test
  @DisplayName(
      "D9 a driver whose setStatementTimeout throws: the statement runs without a backstop")
  void backstop_throws_statementRuns() {
    StandIn driver = new MariaDbStandIn();
    throwIn(driver, "setStatementTimeout");
    Connection connection = requireNonNull(
        CtxConnectionFactory.builder(driver).backstop(true).build().create().block(STUCK));

    for (int i = 0; i < 2; i++) { // the first asks for the server's own, too
      Integer read = Mono.from(StatementTest.one(connection, "SELECT 7"))
          .contextWrite(CtxOps.put(ctx.withTimeout(Duration.ofHours(1))))
          .block(STUCK);
      assertThat(read).isEqualTo(7);
    }
  }
}

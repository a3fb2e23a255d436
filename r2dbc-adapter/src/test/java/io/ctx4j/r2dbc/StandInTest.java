package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static io.ctx4j.r2dbc.StandIn.SLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.asyncer.r2dbc.mysql.MySqlStandIn;
import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Logs;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import oracle.r2dbc.OracleStandIn;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mariadb.r2dbc.MariaDbStandIn;
import reactor.core.publisher.Mono;

/** Drivers whose databases are not here: which canceler they get, and what that sends. */
class StandInTest {
  private final CancelCtx ctx = Ctx.background().withCancel();

  static Stream<StandIn> killed() {
    return Stream.of(new MySqlStandIn(), new MariaDbStandIn());
  }

  private static Connection connect(CtxConnectionFactory factory) {
    return Database.get(factory.create());
  }

  /** Cuts a statement that runs, and returns how it ended. */
  private CompletableFuture<Integer> cut(StandIn driver, Connection connection) {
    CompletableFuture<Integer> end = Mono.from(StatementTest.one(connection, SLOW))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
    Database.await("it runs", () -> driver.calls.contains("1 " + SLOW));
    ctx.cancel();
    return end;
  }

  @ParameterizedTest
  @MethodSource("killed")
  @DisplayName(
      "D1 MariaDB's and asyncer's MySQL driver: the session's number is asked for once, KILL QUERY names it over a"
          + " second connection, and nothing is canceled at the driver")
  void statement_cutOnMySql_isKilledOverASecondConnection(StandIn driver) {
    Connection connection = connect(CtxConnectionFactory.of(driver));

    StatementTest.assertCanceled(cut(driver, connection), true);

    Database.await("closed", () -> driver.calls.contains("2 close"));
    assertThat(driver.calls)
        .containsExactly("1 SELECT CONNECTION_ID()", "1 " + SLOW, "2 KILL QUERY 101", "2 close");
    assertThat(Mono.from(StatementTest.one(connection, "SELECT 7")).block(STUCK))
        .isEqualTo(7);
  }

  @Test
  @DisplayName("D1 Oracle's driver cancels by itself: it is canceled there, and nothing is sent")
  void statement_cutOnOracle_isCanceledAtTheDriver() {
    StandIn driver = new OracleStandIn();
    Connection connection = connect(CtxConnectionFactory.of(driver));

    StatementTest.assertCanceled(cut(driver, connection), false);

    assertThat(driver.calls).containsExactly("1 " + SLOW, "1 canceled");
    assertThat(Mono.from(StatementTest.one(connection, "SELECT 7")).block(STUCK))
        .isEqualTo(7);
  }

  @Test
  @DisplayName("D6 without a Ctx nothing but the statement reaches Oracle's driver")
  void statement_withoutCtx_isTheDrivers() {
    StandIn driver = new OracleStandIn();
    Connection connection = connect(CtxConnectionFactory.of(driver));

    assertThat(Mono.from(StatementTest.one(connection, "SELECT 7")).block(STUCK))
        .isEqualTo(7);

    assertThat(driver.calls).containsExactly("1 SELECT 7");
  }

  @Test
  @DisplayName("D11 that it cannot cancel is said of none of them")
  void factory_knownDriver_saysNothing() {
    try (Logs logs = Logs.ofOurs()) {
      Stream.concat(killed(), Stream.of(new OracleStandIn()))
          .forEach(driver -> connect(CtxConnectionFactory.of(driver)));
      assertThat(logs.ours()).isEmpty();
    }
  }

  @Test
  @DisplayName("D9 each server is asked for its own timeout in its own words; Oracle's for none")
  void backstop_ofEachDriver_isReadAndSet() {
    assertThat(backstopped(new MySqlStandIn()))
        .contains("1 SELECT @@max_execution_time")
        .anyMatch(call -> call.startsWith("1 timeout of "));
    assertThat(backstopped(new MariaDbStandIn()))
        .contains("1 SELECT CAST(@@max_statement_time * 1000 AS UNSIGNED)")
        .anyMatch(call -> call.startsWith("1 timeout of "));
    assertThat(backstopped(new OracleStandIn())).containsExactly("1 SELECT 7");
  }

  private static List<String> backstopped(StandIn driver) {
    Connection connection =
        connect(CtxConnectionFactory.builder(driver).backstop(true).build());
    Mono.from(StatementTest.one(connection, "SELECT 7"))
        .contextWrite(CtxOps.put(Ctx.background().withTimeout(Duration.ofHours(1))))
        .block(STUCK);
    return driver.calls;
  }
}

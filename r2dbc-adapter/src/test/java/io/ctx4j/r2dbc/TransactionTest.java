package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A cut at the worst moment of each step of a transaction, on the thread that takes the step: what
 * two threads do by chance, one does here each time.
 */
class TransactionTest {
  private static final String FIRST = "INSERT INTO two_rows VALUES (1)";
  private static final String SECOND = "INSERT INTO two_rows VALUES (2)";

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Hooked driver = new Hooked(Database.driver("transaction"), true);

  @BeforeEach
  void table() {
    Database.execute("DROP TABLE IF EXISTS two_rows; CREATE TABLE two_rows(n int)");
  }

  private static long rows() {
    return Database.count("SELECT count(*) FROM two_rows");
  }

  private static Mono<Void> execute(Connection connection, String sql) {
    return Flux.from(connection.createStatement(sql).execute())
        .flatMap(result -> result.getRowsUpdated())
        .then();
  }

  static Mono<String> twoRows(ConnectionFactory connections) {
    return twoRowsOf(connections, SECOND);
  }

  static Mono<String> twoRowsOf(ConnectionFactory connections, String second) {
    return inTransaction(
        connections, c -> execute(c, FIRST).then(Mono.defer(() -> execute(c, second))));
  }

  private static Mono<String> inTransaction(
      ConnectionFactory connections, Function<Connection, Mono<Void>> work) {
    return Mono.usingWhen(
        connections.create(),
        c -> Mono.usingWhen(
            Mono.from(c.beginTransaction()).thenReturn(c),
            tx -> work.apply(tx).thenReturn("done"),
            Connection::commitTransaction,
            (tx, e) -> tx.rollbackTransaction(),
            Connection::rollbackTransaction),
        Connection::close);
  }

  /** In both places; what is left in the database and the pool afterwards is nothing. */
  private void inBothPlaces(Place place, Function<ConnectionFactory, Mono<?>> work) {
    try (var service = place.service("transaction", driver, settings -> settings)) {
      bound(work.apply(service.connections()))
          .onErrorComplete(CanceledException.class)
          .block(STUCK);
      service.awaitNothingLeft();
      service.awaitIdle(1); // the connection lives
      assertThat(StatementTest.using(service, c -> StatementTest.one(c, "SELECT 7"))
              .block(STUCK))
          .as("and is good for the next")
          .isEqualTo(7);
    }
  }

  private <T> Mono<T> bound(Mono<T> work) {
    return work.transform(CtxOps.bind(ctx));
  }

  private static void at(
      String moment,
      java.util.function.Consumer<java.util.function.Consumer<String>> hook,
      Runnable action) {
    hook.accept(call -> {
      if (call.equals(moment)) {
        action.run();
      }
    });
  }

  @Test
  @DisplayName(
      "D3 the mechanism: with the driver alone a statement that is sent after the ROLLBACK commits alone")
  void plainDriver_cutAsTheSecondStatementIsSent_leavesHalf() {
    ConnectionPool pool = Database.pool(driver.factory(), 1);
    at(SECOND, hook -> driver.before = hook, ctx::cancel);

    twoRows(pool)
        .transform(CtxOps.bind(ctx))
        .onErrorComplete(CanceledException.class)
        .block(STUCK);

    Database.await("the one that is too late", () -> rows() == 1);
    pool.dispose();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 cut as a statement is sent: the ROLLBACK waits for it")
  void transaction_cutAsTheSecondStatementIsSent_leavesNothing(Place place) {
    at(SECOND, hook -> driver.before = hook, ctx::cancel);

    inBothPlaces(place, TransactionTest::twoRows);

    assertThat(rows()).isZero();
    assertThat(driver.calls.indexOf("rollbackTransaction"))
        .isGreaterThan(driver.calls.indexOf(SECOND));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 cut as a statement ends: the next one is not sent")
  void transaction_cutAsTheFirstStatementEnds_leavesNothing(Place place) {
    at(FIRST, hook -> driver.after = hook, ctx::cancel);

    inBothPlaces(place, TransactionTest::twoRows);

    assertThat(rows()).isZero();
    assertThat(driver.calls).doesNotContain(SECOND);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 cut as BEGIN is sent: it is rolled back once it was answered")
  void transaction_cutAsItBegins_isRolledBack(Place place) {
    at("beginTransaction", hook -> driver.before = hook, ctx::cancel);

    inBothPlaces(place, TransactionTest::twoRows);

    assertThat(rows()).isZero();
    assertThat(driver.calls).contains("rollbackTransaction").doesNotContain(FIRST);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 cut as BEGIN is answered")
  void transaction_cutAsItHasBegun_isRolledBack(Place place) {
    at("beginTransaction", hook -> driver.after = hook, ctx::cancel);

    inBothPlaces(place, TransactionTest::twoRows);

    assertThat(rows()).isZero();
    assertThat(driver.calls).contains("rollbackTransaction").doesNotContain(FIRST);
  }

  @Test
  @DisplayName(
      "D3 a BEGIN whose owner has left, with or without a Ctx, is rolled back though nobody asks for it")
  void begin_ownerLeaves_isRolledBack() {
    for (Ctx ctx : List.of(Ctx.background(), Ctx.background().withCancel())) {
      Connection connection =
          Database.get(CtxConnectionFactory.of(driver.factory()).create());
      var owner = new BaseSubscriber<Void>() {};
      at("beginTransaction", hook -> driver.before = hook, owner::cancel);
      driver.calls.clear();

      Mono.from(connection.beginTransaction()).contextWrite(CtxOps.put(ctx)).subscribe(owner);

      Database.await("rolled back", () -> driver.calls.contains("rollbackTransaction"));
      Database.await("over", () -> Database.idleInTransaction("transaction") == 0);
      execute(connection, SECOND).onErrorComplete().block(STUCK);
      Mono.from(connection.rollbackTransaction()).block(STUCK);
      Mono.from(connection.close()).block(STUCK);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 a COMMIT that was handed to the driver is not cut")
  void transaction_cutAsItCommits_isThere(Place place) {
    at("commitTransaction", hook -> driver.before = hook, ctx::cancel);

    inBothPlaces(place, TransactionTest::twoRows);

    assertThat(rows()).isEqualTo(2);
    assertThat(driver.calls).doesNotContain("rollbackTransaction");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3, D4 a COMMIT with a done Ctx rolls back and gives ctx's error")
  void commit_ctxDone_rollsBack(Place place) {
    var pool = Database.pool(driver.factory(), 1);
    Connection connection =
        Database.get(CtxConnectionFactory.of(place == Place.BELOW_POOL ? driver.factory() : pool)
            .create());
    Mono.from(connection.beginTransaction()).then(execute(connection, FIRST)).block(STUCK);
    ctx.cancel();

    assertThatThrownBy(() -> Mono.from(connection.commitTransaction())
            .contextWrite(CtxOps.put(ctx))
            .block(STUCK))
        .isInstanceOf(CanceledException.class);

    assertThat(rows()).isZero();
    assertThat(driver.calls).contains("rollbackTransaction").doesNotContain("commitTransaction");
    assertThat(Database.idleInTransaction("transaction")).isZero();
    Mono.from(connection.close()).block(STUCK);
    pool.dispose();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D3 as in Go: the Ctx of BEGIN ends the transaction, and what comes after it on another Ctx is refused")
  void transaction_ctxOfBeginDone_statementsRefusedUntilItsOwnerRollsBack(Place place) {
    var pool = Database.pool(driver.factory(), 1);
    Connection connection =
        Database.get(CtxConnectionFactory.of(place == Place.BELOW_POOL ? driver.factory() : pool)
            .create());
    Mono.from(connection.beginTransaction())
        .contextWrite(CtxOps.put(ctx))
        .then(execute(connection, FIRST))
        .block(STUCK);

    ctx.cancel();

    assertThatThrownBy(() -> execute(connection, SECOND).block(STUCK))
        .isInstanceOf(CanceledException.class);
    assertThatThrownBy(() -> Mono.from(connection.createSavepoint("s")).block(STUCK))
        .isInstanceOf(CanceledException.class);
    Mono.from(connection.rollbackTransaction()).block(STUCK);
    assertThat(rows()).isZero();
    execute(connection, SECOND).block(STUCK);
    assertThat(rows()).as("on its own, as after any ROLLBACK").isEqualTo(1);
    Mono.from(connection.close()).block(STUCK);
    pool.dispose();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 a Ctx that was closed was the scope of BEGIN alone")
  void transaction_ctxOfBeginClosed_goesOn(Place place) {
    inBothPlaces(
        place,
        connections -> Mono.usingWhen(
            connections.create(),
            c -> Mono.from(c.beginTransaction())
                .transform(CtxOps.withTimeout(STUCK))
                .then(Mono.defer(() -> execute(c, FIRST)))
                .then(Mono.defer(() -> Mono.from(c.commitTransaction())))
                .thenReturn("done"),
            Connection::close));

    assertThat(rows()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 Spring, with our transaction manager: cut at each step")
  void springTransaction_cutAtAnyStep_leavesNothing(Place place) {
    for (String moment :
        new String[] {"beginTransaction", FIRST, SECOND, "setTransactionIsolationLevel"}) {
      for (boolean before : new boolean[] {true, false}) {
        try (CancelCtx ctx = Ctx.background().withCancel()) {
          Hooked driver = new Hooked(Database.driver("transaction"), true);
          at(
              moment,
              hook -> {
                if (before) {
                  driver.before = hook;
                } else {
                  driver.after = hook;
                }
              },
              ctx::cancel);
          var service = place.service("transaction", driver, settings -> settings);
          ConnectionFactory connections = service.connections();
          var client = DatabaseClient.create(connections);
          var operator = TransactionalOperator.create(
              new CtxTransactionManager(new R2dbcTransactionManager(connections)));

          client
              .sql(FIRST)
              .then()
              .then(client.sql(SECOND).then())
              .as(operator::transactional)
              .transform(CtxOps.bind(ctx))
              .onErrorComplete(CanceledException.class)
              .block(STUCK);

          service.awaitNothingLeft();
          assertThat(rows()).as(moment).isIn(ctx.isDone() ? 0L : 2L, 0L);
          Database.execute("TRUNCATE two_rows");
          service.close();
        }
      }
    }
  }
}

package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Mono;

/**
 * Transactions of Spring's within another one, by a savepoint, that are cut while the outer one
 * goes on.
 */
class NestedTransactionTest {
  private final Hooked driver = new Hooked(Database.driver("nested"), true);
  private final CancelCtx inner = Ctx.background().withCancel();

  @BeforeEach
  void table() {
    Database.execute("DROP TABLE IF EXISTS nested; CREATE TABLE nested(n int)");
  }

  private static Mono<Void> insert(DatabaseClient client, int n) {
    return Mono.defer(() -> client.sql("INSERT INTO nested VALUES (" + n + ")").then());
  }

  /**
   * Inserts 1, 2 within the nested one, and 4, which the outer one does whatever becomes of that.
   */
  private void insertAll(Place place) {
    try (var service = place.service("nested", driver, settings -> settings)) {
      DatabaseClient client = DatabaseClient.create(service.connections());
      var manager = new CtxTransactionManager(new R2dbcTransactionManager(service.connections()));
      var outer = TransactionalOperator.create(manager);
      var nested = TransactionalOperator.create(
          manager, new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
      Mono<Void> cut = insert(client, 2)
          .as(nested::transactional)
          .transform(CtxOps.bind(inner))
          .onErrorComplete(CtxException.class);
      insert(client, 1)
          .then(cut)
          .then(insert(client, 4))
          .as(outer::transactional)
          .block(STUCK);
      service.awaitNothingLeft();
    }
    assertThat(inner.isDone()).isTrue();
  }

  private Consumer<String> cutAt(Predicate<String> moment) {
    return call -> {
      if (moment.test(call)) {
        inner.cancel();
      }
    };
  }

  private static long sum() {
    return Database.count("SELECT sum(n) FROM nested");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D3 cut as its savepoint is made: what the outer one does after that is not taken back with it")
  void nested_cutAtItsSavepoint_outerKeepsWhatItDoes(Place place) {
    driver.after = cutAt(call -> call.startsWith("createSavepoint"));

    insertAll(place);

    assertThat(sum()).isEqualTo(1 + 4);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D3 cut as its statement is sent, or has been answered: it is taken back, and the outer one goes on")
  void nested_cutAtItsStatement_isTakenBack(Place place) {
    driver.before = cutAt(call -> call.endsWith("(2)"));

    insertAll(place);

    assertThat(sum()).isEqualTo(1 + 4);
  }

  @Test
  @DisplayName(
      "D8 one that has joined an outer one, and has failed in it unheard, leaves what it did there, as with Spring alone")
  void joined_failsUnheard_isAsWithSpringAlone() {
    try (var service = Place.AROUND_POOL.service(1)) {
      for (ConnectionFactory connections :
          List.of(service.pool(), service.connections())) { // Spring's way, and ours around it
        DatabaseClient client = DatabaseClient.create(connections);
        ReactiveTransactionManager springs = new R2dbcTransactionManager(connections);
        var required = TransactionalOperator.create(
            connections == service.pool() ? springs : new CtxTransactionManager(springs));
        Mono<Void> joined = insert(client, 2)
            .then(Mono.<Void>error(new IllegalStateException("on purpose")))
            .as(required::transactional)
            .onErrorComplete();

        insert(client, 1).then(joined).as(required::transactional).block(STUCK);

        assertThat(sum()).as(connections.toString()).isEqualTo(1 + 2);
        Database.execute("DELETE FROM nested");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D3 D10 cut within REQUIRES_NEW: the outer one, which that has suspended, is rolled back after it, and both"
          + " connections go back")
  void requiresNew_bothCut_bothEnd(Place place) {
    try (var service = place.service(2)) {
      DatabaseClient client = DatabaseClient.create(service.connections());
      var manager = new CtxTransactionManager(new R2dbcTransactionManager(service.connections()));
      var requiresNew = TransactionalOperator.create(
          manager,
          new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
      Mono<Void> slow = client.sql("SELECT 1 FROM pg_sleep(60)").then();
      CompletableFuture<Void> end = insert(client, 1)
          .then(insert(client, 2).then(slow).as(requiresNew::transactional))
          .as(TransactionalOperator.create(manager)::transactional)
          .transform(CtxOps.bind(inner))
          .toFuture();
      Database.awaitRuns(service.name());

      inner.cancel();

      assertThat(end).failsWithin(STUCK);
      service.awaitNothingLeft();
      assertThat(Database.count("SELECT count(*) FROM nested")).isZero();
    }
  }
}

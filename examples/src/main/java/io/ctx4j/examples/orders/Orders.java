package io.ctx4j.examples.orders;

import static io.ctx4j.examples.orders.RequestValues.REQUEST_ID;
import static io.ctx4j.examples.orders.RequestValues.USER;

import io.r2dbc.spi.Readable;
import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * What is asked of the database; it knows nothing of deadlines, and reads the request's values by
 * their keys.
 */
final class Orders {

  private final DatabaseClient database;
  private final TransactionalOperator transaction;

  Orders(DatabaseClient database, TransactionalOperator transaction) {
    this.database = database;
    this.transaction = transaction;
  }

  Mono<Order> find(int id) {
    return Mono.deferContextual(view -> database
        .sql("SELECT id, item FROM orders WHERE id = :id")
        .bind("id", id)
        .map(row -> order(row, view))
        .one());
  }

  /**
   * An order and its entry in the ledger, both or none, and a check between them that takes its
   * time.
   */
  Mono<Order> place(String item, double seconds) {
    return Mono.deferContextual(view -> database
            .sql("INSERT INTO orders (item) VALUES (:item) RETURNING id, item")
            .bind("item", item)
            .map(row -> order(row, view))
            .one())
        .delayUntil(order ->
            database.sql("SELECT pg_sleep(:seconds)").bind("seconds", seconds).then())
        .delayUntil(order -> database
            .sql("INSERT INTO ledger (order_id, entry) VALUES (:id, 'placed')")
            .bind("id", order.id())
            .then())
        .as(transaction::transactional);
  }

  Mono<Long> count() {
    return database
        .sql("SELECT count(*) FROM orders")
        .map(row -> column(row, "count", Long.class))
        .one();
  }

  private static Order order(Readable row, ContextView view) {
    return new Order(
        column(row, "id", Integer.class),
        column(row, "item", String.class),
        view.get(USER),
        view.get(REQUEST_ID));
  }

  private static <T> T column(Readable row, String name, Class<T> type) {
    return Objects.requireNonNull(row.get(name, type), name);
  }
}

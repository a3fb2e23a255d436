package io.ctx4j.examples.orders;

import static io.ctx4j.examples.orders.RequestValues.REQUEST_ID;
import static io.ctx4j.examples.orders.RequestValues.USER;

import io.r2dbc.spi.Readable;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** The repository; it knows nothing of deadlines, and reads the request's values by their keys. */
final class Orders {

  private final Statements statements;

  Orders(Statements statements) {
    this.statements = statements;
  }

  Mono<Order> find(int id) {
    return Mono.deferContextual(view ->
        statements.one("SELECT id, item FROM orders WHERE id = $1", row -> order(row, view), id));
  }

  /** A statement that takes its time in the database. */
  Mono<Report> report(double seconds) {
    return Mono.deferContextual(view -> statements.one(
        "WITH pause AS MATERIALIZED (SELECT pg_sleep($1)) SELECT count(*) AS orders FROM orders, pause",
        row -> report(row, view),
        seconds));
  }

  private static Order order(Readable row, ContextView view) {
    return new Order(
        column(row, "id", Integer.class),
        column(row, "item", String.class),
        view.get(USER),
        view.get(REQUEST_ID));
  }

  private static Report report(Readable row, ContextView view) {
    return new Report(column(row, "orders", Long.class), view.get(USER), view.get(REQUEST_ID));
  }

  private static <T> T column(Readable row, String name, Class<T> type) {
    return Objects.requireNonNull(row.get(name, type), name);
  }
}

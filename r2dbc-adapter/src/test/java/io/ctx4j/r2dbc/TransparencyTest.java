package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.proxy.ProxyConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What stands above and below. */
class TransparencyTest {
  private static final String NAME = "transparency";

  private static ConnectionPool pool(ConnectionFactory factory) {
    return Database.pool(factory, 2);
  }

  private static CtxConnectionFactory ctx(ConnectionFactory factory) {
    return CtxConnectionFactory.of(factory);
  }

  private static ConnectionFactory proxy(ConnectionFactory factory) {
    return ProxyConnectionFactory.builder(factory).build();
  }

  static Stream<Named<UnaryOperator<ConnectionFactory>>> stacks() {
    return Stream.of(
        Named.of("ctx", TransparencyTest::ctx),
        Named.of("pool(ctx)", driver -> pool(ctx(driver))),
        Named.of("ctx(pool)", driver -> ctx(pool(driver))),
        Named.of("ctx(proxy)", driver -> ctx(proxy(driver))),
        Named.of("pool(ctx(proxy))", driver -> pool(ctx(proxy(driver)))),
        Named.of("proxy(pool(ctx))", driver -> proxy(pool(ctx(driver)))),
        Named.of("ctx(proxy(pool))", driver -> ctx(proxy(pool(driver)))),
        Named.of("ctx(pool(ctx))", driver -> ctx(pool(ctx(driver)))));
  }

  @ParameterizedTest
  @MethodSource("stacks")
  @DisplayName(
      "D8 unwrap finds the driver's connection, and a statement ends, whatever stands in between")
  void stack_unwrapsAndCancels(UnaryOperator<ConnectionFactory> stack) {
    ConnectionFactory connections = stack.apply(Database.driver(NAME));
    Connection connection = Database.get(Mono.from(connections.create()));
    assertThat(connection).isInstanceOf(Wrapped.class);
    assertThat(((Wrapped<?>) connection).unwrap(PostgresqlConnection.class)).isNotNull();
    assertThat(connections.getMetadata().getName()).isEqualTo("PostgreSQL");
    CancelCtx ctx = Ctx.background().withCancel();
    CompletableFuture<Integer> end = Mono.from(
            StatementTest.one(connection, "SELECT 1 FROM pg_sleep(50)"))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
    Database.awaitRuns(NAME);

    ctx.cancel();

    assertThat(end)
        .failsWithin(STUCK.dividedBy(2))
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(CanceledException.class);
    Database.await("over", () -> Database.active(NAME) == 0);
    assertThat(Mono.from(StatementTest.one(connection, "SELECT 7")).block(STUCK))
        .isEqualTo(7);
    Mono.from(connection.close()).block(STUCK);
    if (connections instanceof io.r2dbc.spi.Closeable closeable) {
      Mono.from(closeable.close()).block(STUCK);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D8 jOOQ, which has no Context: a statement belongs to the Ctx under which its connection was acquired")
  void jooq_ctxOfTheAcquirer_endsTheStatement(Place place) {
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Integer> end = Mono.usingWhen(
              service.connections().create(),
              c -> Mono.from(
                      DSL.using(c, SQLDialect.POSTGRES).resultQuery("SELECT 1 FROM pg_sleep(50)"))
                  .map(row -> row.get(0, Integer.class)),
              Connection::close)
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertThat(end).failsWithin(STUCK.dividedBy(2));
      service.awaitNothingLeft();
      assertThat(Mono.usingWhen(
                  service.connections().create(),
                  c -> Mono.from(DSL.using(c, SQLDialect.POSTGRES).resultQuery("SELECT 7"))
                      .map(row -> row.get(0, Integer.class)),
                  Connection::close)
              .block(STUCK))
          .isEqualTo(7);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D8 a statement for each row of another, on one connection, as far as the driver itself goes")
  void statements_nestedOnOneConnection_asWithTheDriver(Place place) {
    try (var service = place.service(1)) {
      for (Ctx ctx : List.of(Ctx.background(), Ctx.background().withCancel())) {
        List<Integer> seen = StatementTest.<List<Integer>>using(
                service,
                c -> Mono.from(c.beginTransaction())
                    .thenMany(Flux.from(StatementTest.one(c, "SELECT generate_series(1, 200)")))
                    .concatMap(n -> StatementTest.one(c, "SELECT " + n))
                    .collectList()
                    .flatMap(list -> Mono.from(c.commitTransaction()).thenReturn(list)))
            .contextWrite(CtxOps.put(ctx))
            .block(STUCK);
        assertThat(seen).isEqualTo(IntStream.rangeClosed(1, 200).boxed().toList());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D8 results that nobody reads, and rows that nobody wants to the end, keep no connection")
  void results_unread_connectionGoesBack(Place place) {
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      for (int i = 0; i < 20; i++) {
        StatementTest.using(
                service, c -> Mono.from(c.createStatement("SELECT 1").execute()).thenReturn(1))
            .contextWrite(CtxOps.put(ctx))
            .block(STUCK);
        StatementTest.using(
                service, c -> Flux.from(c.createStatement("SELECT 1").execute()).then(Mono.just(1)))
            .contextWrite(CtxOps.put(ctx))
            .block(STUCK);
        assertThat(StatementTest.using(
                    service,
                    c -> Flux.from(StatementTest.one(c, "SELECT generate_series(1, 10000)"))
                        .take(3)
                        .last())
                .contextWrite(CtxOps.put(ctx))
                .block(STUCK))
            .isEqualTo(3);
      }
      service.awaitNothingLeft();
    }
  }

  @Test
  @DisplayName("D8 Spring's DatabaseClient, bound to a deadline")
  void databaseClient_deadline_endsTheStatement() {
    try (var service = Place.BELOW_POOL.service(1)) {
      DatabaseClient client = DatabaseClient.create(service.connections());
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<?> end = client
          .sql("SELECT 1 FROM pg_sleep(:seconds)")
          .bind("seconds", 50.0)
          .fetch()
          .one()
          .transform(CtxOps.bind(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertThat(end).isCompletedExceptionally();
      service.awaitNothingLeft();
    }
  }
}

package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One statement, batch or result at a time. */
class StatementTest {
  /** Less than what is canceled would go on for, and far more than that takes. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final String SLOW = "SELECT 1 FROM pg_sleep(40)";

  static <T> Mono<T> using(Place.Service service, Function<Connection, Publisher<T>> work) {
    return Mono.usingWhen(
        service.connections().create(),
        connection -> Mono.from(work.apply(connection)),
        Connection::close);
  }

  static Publisher<Integer> one(Connection connection, String sql) {
    return Flux.from(connection.createStatement(sql).execute())
        .flatMap(result -> result.map(row -> row.get(0, Integer.class)));
  }

  /** Soon, with the driver's error suppressed in the context's if there is to be one. */
  static void assertCanceled(CompletableFuture<?> end, boolean driversError) {
    assertThat(end)
        .failsWithin(SOON)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(CanceledException.class)
        .satisfies(e -> assertThat(e.getSuppressed())
            .hasOnlyElementsOfType(R2dbcException.class)
            .hasSize(driversError ? 1 : 0));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D1, D5 a Ctx that is only put ends its statement, with the driver's error suppressed")
  void statement_ctxCanceled_endsInTheDatabase(Place place) {
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Integer> end =
          using(service, c -> one(c, SLOW)).contextWrite(CtxOps.put(ctx)).toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertCanceled(end, true);
      service.awaitNothingLeft();
      service.awaitIdle(1); // the connection lives
      assertThat(using(service, c -> one(c, "SELECT 7")).block(STUCK)).isEqualTo(7);
    }
  }

  @Test
  @DisplayName(
      "D1 bound, and without a pool: it ends before its owner, who is told first, closes the connection")
  void statement_boundAndUnpooled_endsInTheDatabase() {
    for (String sql : List.of(SLOW, "SELECT generate_series(1, 3) FROM pg_sleep(40)")) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Integer> end = Mono.usingWhen(
              CtxConnectionFactory.of(Database.driver("unpooled")).create(),
              c -> Mono.from(one(c, sql)),
              Connection::close)
          .transform(CtxOps.bind(ctx))
          .toFuture();
      Database.awaitRuns("unpooled");

      ctx.cancel();

      assertThat(end).failsWithin(SOON);
      Database.await("it runs on", () -> Database.connections("unpooled") == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1 a bound parameter makes no difference")
  void boundStatement_ctxCanceled_endsInTheDatabase(Place place) {
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Integer> end = using(
              service,
              c -> Flux.from(c.createStatement("SELECT 1 FROM pg_sleep($1)")
                      .bind(0, 40.0)
                      .execute())
                  .flatMap(result -> result.map(row -> row.get(0, Integer.class))))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertCanceled(end, true);
      service.awaitNothingLeft();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D5 cut between the end of its results' stream and that of the rows: with the driver's error, too")
  void boundStatement_cutAsItsResultsHaveCome_hasTheDriversError(Place place) {
    String sql = "SELECT 1 FROM pg_sleep($1)";
    var driver = new Hooked(Database.driver("results"), true);
    try (var service = place.service("results", driver, settings -> settings)) {
      CancelCtx ctx = Ctx.background().withCancel();
      driver.after = call -> {
        if (call.equals(sql)) {
          ctx.cancel();
        }
      };
      CompletableFuture<Integer> end = using(
              service,
              c -> Flux.from(c.createStatement(sql).bind(0, 40.0).execute())
                  .flatMap(result -> result.map(row -> row.get(0, Integer.class))))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();

      assertCanceled(end, true);
      service.awaitNothingLeft();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1 many bindings are many executions: those that were not sent are not")
  void manyBindings_ctxCanceled_noMoreAreSent(Place place) {
    Database.execute("DROP TABLE IF EXISTS many; CREATE TABLE many(n int)");
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Long> end = using(service, c -> {
            Statement insert = c.createStatement("INSERT INTO many SELECT $1 FROM pg_sleep(0.2)")
                .bind(0, 0);
            for (int i = 1; i < 500; i++) {
              insert.add().bind(0, i);
            }
            return Flux.from(insert.execute()).concatMap(Result::getRowsUpdated).count();
          })
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.await("some are there", () -> Database.count("SELECT count(*) FROM many") > 1);

      ctx.cancel();

      assertThat(end).failsWithin(SOON);
      service.awaitNothingLeft();
      service.awaitIdle(1); // the connection lives
      assertThat(Database.count("SELECT count(*) FROM many")).isLessThan(250);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1 a batch ends as a whole")
  void batch_ctxCanceled_endsInTheDatabase(Place place) {
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<Integer> end = using(
              service,
              c -> Flux.from(c.createBatch().add("SELECT 1").add(SLOW).add(SLOW).execute())
                  .concatMap(result -> result.map(row -> row.get(0, Integer.class)))
                  .last())
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertThat(end).failsWithin(SOON);
      service.awaitNothingLeft();
      assertThat(using(service, c -> one(c, "SELECT 7")).block(STUCK)).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D4 with a done Ctx no statement is sent")
  void statement_ctxDone_isNotSent(Place place) {
    Database.execute("DROP TABLE IF EXISTS never; CREATE TABLE never(id int)");
    try (var service = place.service(1)) {
      CancelCtx ctx = Ctx.background().withCancel();
      ctx.cancel();

      assertThatThrownBy(() -> using(service, c -> one(c, "INSERT INTO never VALUES (1)"))
              .contextWrite(CtxOps.put(ctx))
              .block(STUCK))
          .isInstanceOf(CanceledException.class);

      service.awaitNothingLeft();
      assertThat(Database.count("SELECT count(*) FROM never")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D8 batches, generated keys, many bindings and all forms of a result, with and without a Ctx")
  void results_inAllForms_areTheDrivers(Place place) {
    Database.execute("DROP TABLE IF EXISTS forms; CREATE TABLE forms(id serial, n int)");
    Connection raw = Database.get(Mono.from(Database.driver("raw").create()));
    List<?> expected = forms(raw).collectList().block(STUCK);
    Mono.from(raw.close()).block(STUCK);
    try (var service = place.service(1)) {
      for (Ctx ctx : List.of(Ctx.background(), Ctx.background().withCancel())) {
        Database.execute("TRUNCATE forms RESTART IDENTITY");
        List<?> seen = using(service, c -> forms(c).collectList())
            .contextWrite(CtxOps.put(ctx))
            .block(STUCK);
        assertThat(seen).isEqualTo(expected).hasSize(14);
      }
    }
  }

  private static Flux<Object> forms(Connection c) {
    return Flux.concat(
        Flux.from(c.createBatch().add("SELECT 1").add("SELECT 2").execute())
            .concatMap(r -> r.map((row, metadata) -> row.get(0))),
        Flux.from(c.createStatement("INSERT INTO forms(n) VALUES ($1)")
                .returnGeneratedValues("id")
                .bind(0, 10)
                .execute())
            .concatMap(r -> r.map(row -> row.get("id"))),
        Flux.from(c.createStatement("INSERT INTO forms(n) VALUES ($1)")
                .bind(0, 20)
                .add()
                .bind(0, 30)
                .execute())
            .concatMap(Result::getRowsUpdated),
        Flux.from(c.createStatement("SELECT count(*)::int FROM forms").execute())
            .concatMap(r -> r.map(row -> row.get(0))),
        Flux.from(c.createStatement("SELECT id FROM forms ORDER BY id")
                .fetchSize(2)
                .execute())
            .concatMap(r -> r.map(row -> row.get(0))),
        Flux.from(c.createStatement("SELECT id FROM forms WHERE n = 20").execute())
            .concatMap(r -> r.filter(s -> s instanceof Result.RowSegment).map(row -> row.get(0))),
        Flux.from(c.createStatement("SELECT n FROM forms WHERE n > 20").execute())
            .concatMap(r -> r.flatMap(segment -> segment instanceof Result.RowSegment row
                ? Mono.just(row.row().get(0))
                : Mono.empty())),
        Mono.from(c.createStatement("UPDATE forms SET n = n + 1").execute())
            .flatMap(r -> Mono.from(r.getRowsUpdated())),
        Flux.from(c.createStatement("SELECT id FROM forms ORDER BY id").execute())
            .concatMap(r -> Flux.from(r.map(row -> row.get(0))).collectList()),
        Flux.from(c.createStatement("SELECT id FROM forms").execute())
            .concatMap(r -> r.map(row -> row.get(0, Integer.class)))
            .reduce(0, Integer::sum));
  }
}

package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is promised on MariaDB, by {@code KILL QUERY}. */
class MariaDbTest {

  private static MariaDb server;

  @BeforeAll
  static void start() throws Exception {
    server = MariaDb.orSkip();
  }

  /** That statement in a service of one connection, once it runs and its Ctx is canceled. */
  private static void assertEnds(
      Place place, Function<Connection, Publisher<?>> statement, boolean driversError) {
    try (var service = place.service(server, 1, settings -> settings)) {
      CancelCtx ctx = Ctx.background().withCancel();
      CompletableFuture<?> end = StatementTest.using(
              service, c -> Flux.from(statement.apply(c)).then(Mono.just(1)))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.await("it runs", () -> server.active(service.name()) == 1);

      ctx.cancel();

      StatementTest.assertCanceled(end, driversError);
      service.awaitNothingLeft();
      service.awaitIdle(1); // the connection lives
      assertThat(StatementTest.using(service, c -> StatementTest.one(c, "SELECT 7"))
              .block(STUCK))
          .isEqualTo(7);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1, D5 a statement ends in the database, with the driver's error suppressed")
  void statement_ctxCanceled_endsInTheDatabase(Place place) {
    assertEnds(place, c -> StatementTest.one(c, server.slow(40)), true);
    assertEnds(
        place,
        c -> Flux.from(
                c.createStatement(server.slow(40).replace("FOR UPDATE", "WHERE n < ? FOR UPDATE"))
                    .bind(0, 1)
                    .execute())
            .flatMap(result -> result.map(row -> row.get(0))),
        true);
    assertEnds(
        place,
        c -> Flux.from(c.createBatch()
                .add("SELECT 1")
                .add(server.slow(40))
                .add(server.slow(40))
                .execute())
            .concatMap(result -> result.map(row -> row.get(0))),
        true);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D4 with a done Ctx no statement is sent")
  void statement_ctxDone_isNotSent(Place place) {
    try (var service = place.service(server, 1, settings -> settings)) {
      String never = server.table(service.name(), "never");
      server.execute("CREATE TABLE " + never + "(id int)");
      CancelCtx ctx = Ctx.background().withCancel();
      ctx.cancel();

      assertThatThrownBy(() -> StatementTest.using(
                  service, c -> StatementTest.one(c, "INSERT INTO never VALUES (1)"))
              .contextWrite(CtxOps.put(ctx))
              .block(STUCK))
          .isInstanceOf(CanceledException.class);

      service.awaitNothingLeft();
      assertThat(server.count("SELECT COUNT(*) FROM " + never)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D2, D10 half of all requests cut: each other gets its own row, and nothing is left")
  void requests_halfOfThemCut_noneDisturbsAnother(Place place) {
    for (var work : LoadTest.Work.values()) {
      assertThat(LoadTest.run(server, place, 1_000, work)).as("%s", work).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 transactions cut at random: all rows or none, nothing idle in transaction")
  void transactions_cutAtRandom_allOrNothing(Place place) {
    for (var style : CutTransactions.Style.values()) {
      if (style == CutTransactions.Style.PLAIN_SPRING && place == Place.BELOW_POOL) {
        continue; // what CtxTransactionManager is for
      }
      for (var cut : List.of(CutTransactions.Cut.BIND, CutTransactions.Cut.PUT)) {
        var outcome = CutTransactions.run(server, place, style, cut, 400, 7);
        assertThat(outcome)
            .as(place + " " + style + " " + cut)
            .matches(each -> each.half() == 0, "all rows or none")
            .matches(each -> each.toldButNotThere() == 0, "who is told success has it")
            .matches(each -> each.idleInTransaction() == 0, "none idle in transaction")
            .matches(each -> each.acquired() == 0, "none leaked")
            .matches(each -> each.otherErrors().isEmpty(), "no other error");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D7 a Ctx that is closed when the row has come aborts nothing")
  void next_ctxClosedAfterTheRow_abortsNothing(Place place) {
    List<AbortOutcome> aborts = new CopyOnWriteArrayList<>();
    try (var service = place.service(server, 2, settings -> settings.onAbort(aborts::add))) {
      for (int i = 0; i < 200; i++) {
        Mono<Integer> row = Flux.usingWhen(
                service.connections().create(),
                c -> StatementTest.one(c, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"),
                Connection::close)
            .next();
        assertThat(Mono.using(
                    () -> Ctx.background().withCancel(),
                    ctx -> row.transform(CtxOps.bind(ctx)),
                    CancelCtx::close)
                .block(STUCK))
            .isEqualTo(1);
      }
      service.awaitNothingLeft();
      assertThat(aborts).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D9 the server's own timeout: coarse, and gone with the owner")
  void backstop_deadline_setAndRestored(Place place) {
    String show = "SELECT CAST(@@max_statement_time * 1000 AS UNSIGNED)";
    try (var service = place.service(server, 1, settings -> settings.backstop(true))) {
      assertThat(StatementTest.using(
                  service,
                  c -> Mono.using(
                      () -> Ctx.background().withTimeout(Duration.ofMinutes(1)),
                      ctx -> Mono.from(StatementTest.one(c, show)).contextWrite(CtxOps.put(ctx)),
                      CancelCtx::close))
              .block(STUCK))
          .isEqualTo(131_072);
      assertThat(Mono.usingWhen(
                  service.pool().create(),
                  c -> Mono.from(StatementTest.one(Driver.physical(c), show)),
                  Connection::close)
              .block(STUCK))
          .as("for the next owner")
          .isZero();
    }
  }
}

package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where nothing can be done, and where all went well. */
@Tag("slow")
class WithoutCtxTest {

  private static Mono<Result> result(Place.Service service, Ctx ctx) {
    return Mono.usingWhen(
            service.connections().create(),
            c -> Flux.from(c.createStatement("SELECT 1").execute())
                .flatMap(r -> Flux.from(r.getRowsUpdated()).then(Mono.<Result>just(r)))
                .next(),
            Connection::close)
        .contextWrite(CtxOps.put(ctx));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D6 with a Ctx that can never be done the results are the driver's own")
  void statement_ctxNeverDone_resultIsTheDrivers(Place place) {
    try (var service = place.service(1)) {
      assertThat(result(service, Ctx.background()).block(STUCK))
          .isInstanceOf(PostgresqlResult.class);
      assertThat(result(service, Ctx.background().withCancel().withoutCancel()).block(STUCK))
          .isInstanceOf(PostgresqlResult.class);
      assertThat(result(service, Ctx.background().withCancel()).block(STUCK))
          .isNotInstanceOf(PostgresqlResult.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D6 success costs no message to the server")
  void transaction_succeeds_sendsWhatWasAsked(Place place) {
    Database.execute("DROP TABLE IF EXISTS two_rows; CREATE TABLE two_rows(n int)");
    var driver = new Hooked(Database.driver("no-message"), true);
    var service = place.service("no-message", driver, settings -> settings);
    driver.calls.clear();

    TransactionTest.twoRows(service.connections())
        .contextWrite(CtxOps.put(Ctx.background().withCancel()))
        .block(STUCK);

    assertThat(driver.calls)
        .filteredOn(call -> !call.startsWith("validate"))
        .containsExactly(
            "beginTransaction",
            "INSERT INTO two_rows VALUES (1)",
            "INSERT INTO two_rows VALUES (2)",
            "commitTransaction");
    service.close();
  }
}

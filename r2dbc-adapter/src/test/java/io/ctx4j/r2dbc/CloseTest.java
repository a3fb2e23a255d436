package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A Ctx that is closed after a success. */
class CloseTest {
  private static final int TIMES = 500;

  @ParameterizedTest
  @EnumSource
  @DisplayName("D7 a Ctx that is closed when the row has come aborts nothing")
  void next_ctxClosedAfterTheRow_abortsNothing(Place place) {
    List<AbortOutcome> aborts = new CopyOnWriteArrayList<>();
    try (var service = place.service(2, settings -> settings.onAbort(aborts::add))) {
      for (int i = 0; i < TIMES; i++) {
        Mono<Integer> row = Flux.usingWhen(
                service.connections().create(),
                c -> Flux.from(c.createStatement("SELECT generate_series(1, 3)").execute())
                    .flatMap(result -> result.map(r -> r.get(0, Integer.class))),
                c -> c.close())
            .next();
        Integer got = Mono.using(
                () -> Ctx.background().withCancel(),
                ctx -> row.transform(CtxOps.bind(ctx)),
                CancelCtx::close)
            .block(STUCK);
        assertThat(got).isEqualTo(1);
      }
      service.awaitNothingLeft();
      assertThat(aborts).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D7 nor does one that is closed when an update has answered, in a transaction that goes on")
  void update_ctxClosedAfterwards_transactionGoesOn(Place place) {
    Database.execute("DROP TABLE IF EXISTS closing; CREATE TABLE closing(n int)");
    List<AbortOutcome> aborts = new CopyOnWriteArrayList<>();
    try (var service = place.service(1, settings -> settings.onAbort(aborts::add))) {
      for (int i = 0; i < 100; i++) {
        StatementTest.<Integer>using(service, c -> {
              Mono<Long> insert = Mono.using(
                  () -> Ctx.background().withCancel(),
                  ctx -> Mono.from(
                          c.createStatement("INSERT INTO closing VALUES (1)").execute())
                      .flatMap(result -> Mono.from(result.getRowsUpdated()))
                      .contextWrite(CtxOps.put(ctx)),
                  CancelCtx::close);
              return Mono.from(c.beginTransaction())
                  .then(insert)
                  .then(insert)
                  .then(Mono.from(c.commitTransaction()))
                  .thenReturn(1);
            })
            .block(STUCK);
      }
      service.awaitNothingLeft();
      assertThat(aborts).isEmpty();
      assertThat(Database.count("SELECT count(*) FROM closing")).isEqualTo(200);
    }
  }
}

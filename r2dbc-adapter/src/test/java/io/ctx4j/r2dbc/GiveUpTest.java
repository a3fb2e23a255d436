package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/** Connections that do not answer, for one reason or another. */
@Tag("slow")
class GiveUpTest {
  private static final Duration GIVE_UP = Duration.ofMillis(300);

  /** PostgreSQL cannot cancel this. */
  private static final String STUBBORN = """
      DO $$ BEGIN LOOP
        BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
      END LOOP; END $$""";

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final List<AbortOutcome> aborts = new CopyOnWriteArrayList<>();

  private Place.Service service(Place place) {
    return place.service(1, settings -> settings.giveUp(GIVE_UP).onAbort(aborts::add));
  }

  private static void assertWorks(Place.Service service) {
    Database.await("released", () -> service.metrics().acquiredSize() == 0);
    assertThat(
            StatementTest.using(service, c -> StatementTest.one(c, "SELECT 7")).block(STUCK))
        .isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D1 a statement that cannot be canceled: the connection is closed, and the pool makes a new one")
  void statement_ignoresTheCancel_connectionIsClosed(Place place) {
    try (var service = service(place)) {
      CompletableFuture<Integer> end = StatementTest.using(
              service, c -> StatementTest.one(c, STUBBORN))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      ctx.cancel();

      assertThat(end)
          .failsWithin(STUCK)
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOf(CanceledException.class)
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
      assertThat(aborts).containsExactly(AbortOutcome.CLOSED);
      assertWorks(service);
    } finally {
      Database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %'");
    }
  }

  @Test
  @DisplayName(
      "D10 given up, a connection goes back to whoever has handed it out, also to a pool that we do not know")
  void statement_ignoresTheCancel_unknownPoolHasItsConnectionBack() {
    var pool = new Hooked(Database.driver("unknown-pool"), true);
    CtxConnectionFactory connections =
        CtxConnectionFactory.builder(pool.factory()).giveUp(GIVE_UP).build();
    try {
      CompletableFuture<Integer> end = Mono.usingWhen(
              connections.create(),
              c -> Mono.from(StatementTest.one(c, STUBBORN)),
              Connection::close)
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns("unknown-pool");

      ctx.cancel();

      assertThat(end).failsWithin(STUCK);
      Database.await("given back", () -> pool.calls.contains("close"));
    } finally {
      Database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %'");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1, D3 a connection that is killed meanwhile: an error, and nothing hangs or leaks")
  void connection_killedInATransaction_nothingLeft(Place place) {
    try (var service = service(place)) {
      CompletableFuture<String> end = Mono.usingWhen(
              service.connections().create(),
              c -> Mono.from(c.beginTransaction())
                  .then(Mono.from(StatementTest.one(c, "SELECT 1 FROM pg_sleep(60)")))
                  .thenReturn("done"),
              Connection::commitTransaction,
              (c, e) ->
                  Mono.from(c.rollbackTransaction()).onErrorComplete().then(Mono.from(c.close())),
              c -> Mono.from(c.rollbackTransaction()).onErrorComplete().then(Mono.from(c.close())))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());

      Database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
              + service.name() + "'");

      assertThat(end)
          .failsWithin(STUCK)
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOf(R2dbcException.class);
      assertWorks(service);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D1, D3 a server that stops and comes back")
  void server_stopped_connectionIsGivenUp(Place place) throws Exception {
    try (var service = service(place)) {
      CompletableFuture<String> end = TransactionTest.twoRowsOf(
              service.connections(), "SELECT 1 FROM pg_sleep(60)")
          .contextWrite(CtxOps.put(ctx))
          .toFuture();
      Database.awaitRuns(service.name());
      long pid = Database.count(
          "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND application_name = '"
              + service.name() + "'");
      signal("STOP", pid);
      try {
        ctx.cancel();

        assertThat(end)
            .failsWithin(STUCK)
            .withThrowableOfType(ExecutionException.class)
            .havingCause()
            .isInstanceOf(CanceledException.class);
        assertWorks(service);
      } finally {
        signal("CONT", pid);
      }
      Database.await("the old one ends", () -> Database.idleInTransaction(service.name()) == 0);
    }
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor())
        .isZero();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D3 a network that swallows the COMMIT: its outcome is unknown, and says so")
  void commit_withoutAnAnswer_isUnknown(Place place) throws Exception {
    Database.execute("DROP TABLE IF EXISTS two_rows; CREATE TABLE two_rows(n int)");
    try (var proxy = new SwallowingProxy(Database.port())) {
      var driver = new Hooked(Database.driver("swallowed", proxy.port()), true);
      driver.before = call -> {
        if (call.equals("commitTransaction")) {
          proxy.swallow();
          ctx.cancel();
        }
      };
      var service = place.service("swallowed", driver, settings -> settings.giveUp(GIVE_UP));

      assertThatThrownBy(() -> TransactionTest.twoRows(service.connections())
              .contextWrite(CtxOps.put(ctx))
              .block(STUCK))
          .satisfies(e -> assertThat(unknown(e))
              .isInstanceOf(R2dbcNonTransientResourceException.class)
              .hasMessageContaining("commit outcome unknown")
              .hasCauseInstanceOf(CtxException.class));

      Database.await("released", () -> service.metrics().acquiredSize() == 0);
      service.close();
    }
  }

  /** {@code usingWhen} wraps what its cleanup fails with. */
  private static @Nullable Throwable unknown(Throwable e) {
    return e instanceof R2dbcException ? e : e.getCause();
  }
}

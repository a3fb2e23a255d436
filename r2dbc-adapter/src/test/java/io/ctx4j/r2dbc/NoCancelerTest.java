package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Logs;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A driver of which nothing is known. */
class NoCancelerTest {
  private static final String SLOW = "SELECT 1 FROM pg_sleep(50)";

  private final CancelCtx ctx = Ctx.background().withCancel();
  /** What one test leaves running is not another's. */
  private final String name = "no-canceler-" + UUID.randomUUID();

  private final Hooked driver = new Hooked(Database.driver(name), false);

  @Test
  @DisplayName("D11 it is said once, at INFO")
  void factory_unknownDriver_saysSoOnce() {
    try (Logs logs = Logs.ofOurs()) {
      var connections = CtxConnectionFactory.of(driver.factory());
      for (int i = 0; i < 3; i++) {
        Mono.from(connections.create()).flatMap(c -> Mono.from(c.close())).block(STUCK);
      }
      CtxConnectionFactory.of(Database.driver("known"));
      assertThat(logs.ours())
          .singleElement()
          .asString()
          .startsWith("INFO PostgreSQL cannot cancel a statement");
    }
  }

  @Test
  @DisplayName(
      "D11 the statement runs on, a bound caller is told at once, and the next one gets the connection when it"
          + " has answered")
  void statement_ctxCanceled_connectionIsKeptUntilItHasAnswered() {
    var pool = Database.pool(
        CtxConnectionFactory.builder(driver.factory()).giveUp(STUCK).build(), 1);
    var service = new Place.Service(Database.POSTGRESQL, name, pool, pool);
    CompletableFuture<Integer> end = StatementTest.using(service, c -> StatementTest.one(c, SLOW))
        .transform(CtxOps.bind(ctx))
        .toFuture();
    Database.awaitRuns(name);
    var active = new AtomicInteger();
    driver.before = call -> {
      if (call.equals("SELECT 7")) {
        active.addAndGet((int) Database.active(name));
      }
    };

    ctx.cancel();

    assertThat(end).as("at once").isCompletedExceptionally();
    CompletableFuture<Integer> next =
        StatementTest.using(service, c -> StatementTest.one(c, "SELECT 7")).toFuture();
    assertThat(Database.active(name)).as("runs on").isEqualTo(1);
    assertThat(next).isNotDone();
    Database.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
        + " AND application_name = '" + name + "'");
    assertThat(next.orTimeout(STUCK.toSeconds(), TimeUnit.SECONDS).join()).isEqualTo(7);
    assertThat(active).as("statements that ran when the next one was sent").hasValue(0);
    pool.dispose();
  }

  @Test
  @DisplayName("D11, D1 who only put its Ctx is told when the connection is given up")
  void statement_ctxOnlyPut_isToldAtGiveUp() {
    var pool = Database.pool(
        CtxConnectionFactory.builder(driver.factory())
            .giveUp(Duration.ofMillis(200))
            .build(),
        1);
    var service = new Place.Service(Database.POSTGRESQL, name, pool, pool);
    CompletableFuture<Integer> end = StatementTest.using(
            service, c -> StatementTest.one(c, "SELECT 1 FROM pg_sleep(50)"))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
    Database.awaitRuns(name);

    ctx.cancel();

    assertThat(end)
        .failsWithin(STUCK.dividedBy(2))
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(CanceledException.class);
    assertThat(
            StatementTest.using(service, c -> StatementTest.one(c, "SELECT 7")).block(STUCK))
        .as("on a new connection")
        .isEqualTo(7);
    Database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND"
            + " application_name = '" + name + "'");
    pool.dispose();
  }

  @Test
  @DisplayName("D1 a canceler of one's own serves any driver")
  void statement_ownCanceler_isAskedUntilTheConnectionHasAnswered() {
    var asked = new AtomicInteger();
    Canceler own = physical -> Mono.fromRunnable(() -> {
      if (asked.incrementAndGet() >= 3) {
        Database.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND"
                + " application_name = '" + name + "'");
      }
    });
    var aborts = new java.util.concurrent.CopyOnWriteArrayList<AbortOutcome>();
    var pool = Database.pool(
        CtxConnectionFactory.builder(driver.factory())
            .canceler(own)
            .giveUp(STUCK)
            .onAbort(aborts::add)
            .build(),
        1);
    var service = new Place.Service(Database.POSTGRESQL, name, pool, pool);
    CompletableFuture<Integer> end = StatementTest.using(
            service, c -> StatementTest.one(c, "SELECT 1 FROM pg_sleep(50)"))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
    Database.awaitRuns(name);

    ctx.cancel();

    assertThat(end).failsWithin(STUCK.dividedBy(2));
    assertThat(asked).hasValueGreaterThanOrEqualTo(3); // more where its answer takes its time
    Database.await("told", () -> aborts.size() == 1);
    assertThat(aborts).containsExactly(AbortOutcome.ASKED_AGAIN);
    pool.dispose();
  }

  @Test
  @DisplayName("D2 while a cancel message is on its way nothing is sent that it could hit")
  void nextStatement_messageInFlight_waitsForItsDelivery() {
    Sinks.Empty<Void> delivery = Sinks.empty();
    Canceler slow = physical -> delivery.asMono();
    Connection connection = Database.get(CtxConnectionFactory.builder(driver.factory())
        .canceler(slow)
        .giveUp(STUCK)
        .build()
        .create());
    CompletableFuture<Integer> canceled = Mono.from(
            StatementTest.one(connection, "SELECT 1 FROM pg_sleep(50)"))
        .contextWrite(CtxOps.put(ctx))
        .toFuture();
    Database.awaitRuns(name);
    ctx.cancel();
    Database.execute(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '" + name
            + "'");
    assertThat(canceled).failsWithin(STUCK.dividedBy(2));

    CompletableFuture<Integer> next =
        Mono.from(StatementTest.one(connection, "SELECT 7")).toFuture();

    assertThat(driver.calls).doesNotContain("SELECT 7");
    delivery.tryEmitEmpty();
    assertThat(next).succeedsWithin(STUCK.dividedBy(2)).isEqualTo(7);
    Mono.from(connection.close()).block(STUCK);
  }
}

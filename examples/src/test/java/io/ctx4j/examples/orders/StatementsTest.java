package io.ctx4j.examples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.R2dbcException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatementsTest {

  private static final int POOL = 20;
  private static final Duration STUCK = Duration.ofSeconds(60);

  /** Less than a canceled statement would go on for, and far more than a quick one takes. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(4);

  private static final String SLOW = "SELECT 1 FROM pg_sleep(5)";

  private final Postgres postgres;
  private final ConnectionPool pool;
  private final Statements statements;
  private final Statements watcher;

  StatementsTest() throws IOException, SQLException {
    postgres = Postgres.start();
    pool = postgres.pool(Postgres.SERVICE, POOL);
    statements = new Statements(pool);
    watcher = new Statements(postgres.pool("watcher", 1));
  }

  @BeforeAll
  void classesAreLoaded() {
    assertThat(id(1).block(STUCK)).isEqualTo(1);
  }

  @AfterAll
  void stop() throws IOException {
    statements.close();
    watcher.close();
    postgres.close();
  }

  @AfterEach
  void nothingIsLeft() {
    PoolMetrics metrics = pool.getMetrics().orElseThrow();
    await(() -> metrics.acquiredSize() == 0 && active() == 0);
    assertThat(metrics.pendingAcquireSize()).isZero();
  }

  @Test
  void one_tenThousandHalfOfThemCut_noneDisturbsAnother() {
    List<String> wrong = Flux.range(0, 10_000)
        .flatMap(i -> i % 2 == 0 ? quick(1 + i / 2 % 1000) : cut(1 + i % 30), 200)
        .collectList()
        .block(STUCK);

    assertThat(wrong).isEmpty();
    PoolMetrics metrics = pool.getMetrics().orElseThrow();
    await(() -> metrics.acquiredSize() == 0);
    assertThat(metrics.idleSize()).as("connections, of which none was given up").isEqualTo(POOL);
  }

  @Test
  void one_canceledWhileTheStatementIsOnItsWay_statementGone() {
    Disposable.Swap subscription = Disposables.swap();
    Mono<Integer> canceledByItself = Mono.create(sink -> new StatementRun<Integer>(
            connection -> {
              subscription.dispose();
              return Mono.from(connection.createStatement(SLOW).execute())
                  .flatMap(result -> Mono.from(result.map(row -> 1)));
            },
            sink)
        .start(pool));
    long start = System.nanoTime();

    subscription.update(canceledByItself.subscribe());

    nothingIsLeft();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(UNDISTURBED);
  }

  @Test
  void one_canceledInThePoolsQueue_leavesTheQueue() {
    List<Disposable> holders = Flux.range(0, POOL)
        .map(i -> slow().subscribe())
        .collectList()
        .blockOptional()
        .orElseThrow();
    PoolMetrics metrics = pool.getMetrics().orElseThrow();
    Disposable waiting = id(1).subscribe();
    await(() -> active() == POOL);
    assertThat(metrics.pendingAcquireSize()).isEqualTo(1);

    waiting.dispose();

    assertThat(metrics.pendingAcquireSize()).isZero();
    holders.forEach(Disposable::dispose);
  }

  @Test
  void one_statementThatIgnoresCancellation_connectionClosed() {
    String stubborn = """
        DO $$ BEGIN LOOP
          BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
        END LOOP; END $$""";
    Disposable running = statements.one(stubborn, row -> 1).subscribe();
    await(() -> active() == 1);

    running.dispose();

    nothingIsLeft();
    assertThat(id(7).block(STUCK)).isEqualTo(7);
  }

  @Test
  void one_statementFails_errorAndConnectionBack() {
    assertThatThrownBy(() -> statements.one("SELECT nonsense", row -> 1).block(STUCK))
        .isInstanceOf(R2dbcException.class);
  }

  @Test
  void one_noRow_empty() {
    assertThat(id(-1).blockOptional(STUCK)).isEmpty();
  }

  private Mono<Integer> id(int id) {
    return statements.one(
        "SELECT id FROM orders WHERE id = $1",
        row -> Objects.requireNonNull(row.get("id", Integer.class)),
        id);
  }

  private Mono<Integer> slow() {
    return statements.one(SLOW, row -> 1);
  }

  /** Empty where all was well. */
  private Mono<String> quick(int id) {
    return within(UNDISTURBED, id(id))
        .flatMap(got -> got == id ? Mono.<String>empty() : Mono.just(id + " got the row of " + got))
        .onErrorResume(e -> Mono.just(id + " failed: " + e));
  }

  /** Empty where all was well. */
  private Mono<String> cut(int millis) {
    return within(Duration.ofMillis(millis), slow())
        .map(row -> "a statement of 5 s ended by itself")
        .onErrorResume(DeadlineExceededException.class, e -> Mono.empty())
        .onErrorResume(e -> Mono.just("not cut, but " + e));
  }

  private static <T> Mono<T> within(Duration timeout, Mono<T> work) {
    return Mono.defer(() -> {
      CancelCtx ctx = Ctx.background().withTimeout(timeout);
      return work.transform(CtxOps.bind(ctx)).doFinally(end -> ctx.close());
    });
  }

  private long active() {
    return Objects.requireNonNull(new Queries(watcher).active().block(STUCK));
  }

  private static void await(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).as("stuck").isLessThan(STUCK);
      Thread.onSpinWait();
    }
  }
}

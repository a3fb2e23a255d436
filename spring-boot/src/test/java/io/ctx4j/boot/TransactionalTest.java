package io.ctx4j.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Postgres;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Methods that are {@code @Transactional}, in an application that has the starter, R2DBC and a real
 * PostgreSQL.
 */
@Tag("process")
class TransactionalTest {
  private static final Duration STUCK = Duration.ofMinutes(2);
  private static final String NAME = "transactional";
  private static final int POOL = 5;

  private static EmbeddedPostgres server;
  private static Connection watch;
  private static ConfigurableApplicationContext application;
  private static Pairs pairs;

  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class App {
    @Bean
    Pairs pairs(DatabaseClient database) {
      return new Pairs(database);
    }
  }

  /** As a user writes it. */
  static class Pairs {
    private final DatabaseClient database;

    Pairs(DatabaseClient database) {
      this.database = database;
    }

    /** Two rows, and some time between them. */
    @Transactional
    public Mono<Integer> place(int id, double seconds) {
      return insert(id, 1)
          .then(
              database.sql("SELECT pg_sleep(:seconds)").bind("seconds", seconds).then())
          .then(insert(id, 2))
          .thenReturn(id);
    }

    private Mono<Void> insert(int id, int n) {
      return database
          .sql("INSERT INTO pair VALUES (:id, :n)")
          .bind("id", id)
          .bind("n", n)
          .then();
    }
  }

  @BeforeAll
  static void start() throws IOException, SQLException {
    LoggingSystem.get(TransactionalTest.class.getClassLoader())
        .setLogLevel("io.zonky.test", LogLevel.WARN);
    server = Postgres.start();
    watch = server.getPostgresDatabase().getConnection();
    application = new SpringApplicationBuilder(App.class)
        .web(WebApplicationType.NONE)
        .registerShutdownHook(false)
        .run(
            "--spring.main.banner-mode=off",
            "--logging.level.root=WARN",
            "--spring.cloud.gateway.server.webflux.enabled=false",
            "--spring.r2dbc.url=r2dbc:postgresql://postgres@127.0.0.1:" + server.getPort()
                + "/postgres?applicationName=" + NAME,
            "--ctx4j.r2dbc.give-up=60s",
            "--spring.r2dbc.pool.initial-size=" + POOL,
            "--spring.r2dbc.pool.max-size=" + POOL);
    pairs = application.getBean(Pairs.class);
  }

  @AfterAll
  static void stop() throws IOException {
    application.close();
    server.close();
  }

  @BeforeEach
  void empty() {
    execute("DROP TABLE IF EXISTS pair");
    execute("CREATE TABLE pair(id int, n int)");
  }

  @AfterEach
  void leavesNothing() {
    PoolMetrics pool = application.getBean(ConnectionPool.class).getMetrics().orElseThrow();
    Await.until(() -> pool.acquiredSize() == 0, () -> "acquired: " + pool.acquiredSize());
    Await.until(() -> sessions("state LIKE 'idle in%'") == 0, () -> "idle in transaction");
    Await.until(
        () -> sessions("true") == POOL, () -> "closed: of " + POOL + " " + sessions("true"));
  }

  private static void execute(String sql) {
    try (Statement statement = watch.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long count(String sql) {
    try (Statement statement = watch.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long sessions(String condition) {
    return count("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + NAME
        + "' AND " + condition);
  }

  @Test
  @DisplayName("D3, D5 cut between its rows it leaves none, and its caller has ctx's error")
  void method_cutBetweenItsRows_leavesNone() {
    CancelCtx ctx = Ctx.background().withCancel();
    CompletableFuture<Integer> end =
        pairs.place(1, 60).contextWrite(CtxOps.put(ctx)).toFuture();
    Await.until(() -> sessions("wait_event = 'PgSleep'") == 1, () -> "not there");

    ctx.cancel();

    assertThat(end)
        .failsWithin(20, TimeUnit.SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(CanceledException.class);
    assertThat(count("SELECT count(*) FROM pair")).isZero();
    assertThat(requireNonNull(pairs.place(2, 0).block(STUCK))).isEqualTo(2);
    assertThat(count("SELECT count(*) FROM pair")).isEqualTo(2);
  }

  @Test
  @DisplayName("D4 with a done Ctx no transaction begins")
  void method_ctxDone_noTransaction() {
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.cancel();
    CompletableFuture<Integer> end =
        pairs.place(1, 0).contextWrite(CtxOps.put(ctx)).toFuture();

    assertThat(end)
        .failsWithin(20, TimeUnit.SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .matches(e -> isCut(requireNonNull(e.getCause())), "ctx's error, as the cause of Spring's");
    assertThat(count("SELECT count(*) FROM pair")).isZero();
  }

  @Test
  @DisplayName(
      "D3, D10 cut at random, bound or only put: both rows or none, as its caller was told")
  void method_cutAtRandom_bothRowsOrNone() {
    var random = new Random(11);
    var usualNanos = new AtomicLong(5_000_000); // follows the machine, so that about half are cut
    List<Integer> placed = requireNonNull(Flux.range(0, 600)
        .flatMap(
            id -> {
              var deadline =
                  Duration.ofNanos(100_000 + (long) (random.nextDouble() * 2 * usualNanos.get()));
              Mono<Integer> place = pairs.place(id, random.nextInt(3) / 1000.0);
              return Mono.using(
                      () -> Ctx.background().withTimeout(deadline),
                      ctx -> id % 2 == 0
                          ? place.transform(CtxOps.bind(ctx))
                          : place.contextWrite(CtxOps.put(ctx)),
                      CancelCtx::close)
                  .doOnNext(done -> usualNanos.updateAndGet(n -> Math.max(1_000_000, n * 63 / 64)))
                  .onErrorResume(TransactionalTest::isCut, e -> {
                    usualNanos.updateAndGet(n -> Math.min(1_000_000_000, n * 65 / 64));
                    return Mono.empty();
                  });
            },
            8)
        .collectList()
        .block(STUCK));
    leavesNothing();

    assertThat(placed).hasSizeBetween(20, 580);
    assertThat(
            count("SELECT count(*) FROM (SELECT id FROM pair GROUP BY id HAVING count(*) <> 2) t"))
        .as("half transactions")
        .isZero();
    placed.forEach(id -> assertThat(count("SELECT count(*) FROM pair WHERE id = " + id))
        .as("told, so there: %s", id)
        .isEqualTo(2));
  }

  /** Spring wraps what comes out of a begin or a commit. */
  private static boolean isCut(Throwable e) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      if (each instanceof CtxException) {
        return true;
      }
    }
    return false;
  }
}

package io.ctx4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.testing.Postgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Slow statements, ended at random moments: none runs on, and no other is hit. */
@Tag("process")
class JdbcGuideTest {
  /** {@code -Dctx4j.statements=10000} is what the recipe was tried with; the build has less. */
  private static final int STATEMENTS = Integer.getInteger("ctx4j.statements", 200);

  private static final int THREADS = 4;

  private static EmbeddedPostgres postgres;
  private static final ExecutorService POOL = Executors.newCachedThreadPool();

  @BeforeAll
  static void start() throws IOException {
    postgres = Postgres.start();
  }

  @AfterAll
  static void stop() throws IOException {
    POOL.shutdownNow();
    postgres.close();
  }

  private static boolean sleep(Ctx ctx, Executor canceler, Statement statement)
      throws SQLException {
    return JdbcGuide.call(ctx, canceler, statement, () -> statement.execute("SELECT pg_sleep(20)"));
  }

  private static int one(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT 1")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  @DisplayName("a statement that ends first: its result, and the driver's own error")
  void call_live_isTheStatements() throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        CancelCtx ctx = Ctx.background().withCancel()) {
      assertThat(JdbcGuide.<Integer>call(ctx, POOL, statement, () -> one(statement)))
          .isEqualTo(1);
      assertThatThrownBy(
              () -> JdbcGuide.call(ctx, POOL, statement, () -> statement.execute("SELEKT")))
          .isInstanceOf(SQLException.class);
      ctx.cancel();
      assertThatThrownBy(() -> sleep(ctx, POOL, statement)).isInstanceOf(CanceledException.class);
    }
  }

  @Test
  @DisplayName("canceled at random moments: none runs to its end, and the next one is never hit")
  void call_cut_noneLostNoneHit() throws Exception {
    cutAtRandom(POOL);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  @DisplayName("the same on virtual threads, those that cancel among them")
  void call_virtualThreads_noneLostNoneHit() throws Exception {
    // not there on the JDK that this is compiled for
    var virtual = (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try {
      cutAtRandom(virtual);
    } finally {
      virtual.shutdownNow();
    }
  }

  private static void cutAtRandom(ExecutorService threads) throws Exception {
    var lost = new AtomicInteger();
    var hit = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      running.add(threads.submit(() -> {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
            Statement statement = connection.createStatement()) {
          for (int i = 0; i < STATEMENTS / THREADS; i++) {
            Duration timeout =
                Duration.ofNanos(ThreadLocalRandom.current().nextLong(200_000, 3_200_000));
            try (CancelCtx ctx = Ctx.background().withTimeout(timeout)) {
              sleep(ctx, threads, statement);
              lost.incrementAndGet();
            } catch (DeadlineExceededException e) {
              // as it should
            }
            try {
              hit.addAndGet(1 - one(statement));
            } catch (SQLException e) {
              hit.incrementAndGet();
            }
          }
        }
        return null;
      }));
    }
    for (Future<?> each : running) {
      each.get();
    }
    assertThat(lost).hasValue(0);
    assertThat(hit).hasValue(0);
  }
}

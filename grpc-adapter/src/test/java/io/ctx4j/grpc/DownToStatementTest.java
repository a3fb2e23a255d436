package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.r2dbc.CtxConnectionFactory;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Postgres;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A client in Go calls a service that is reactive inside, which runs a statement in a PostgreSQL.
 */
@Tag("process")
class DownToStatementTest {
  private static final String METHOD = Kind.UNARY.method.getFullMethodName();
  private static final String NAME = "down-to-statement";

  private static EmbeddedPostgres postgres;
  private static Connection watch;

  private final CancelCtx root = Ctx.background().withCancel();
  private final BlockingQueue<Ctx> handled = new LinkedBlockingQueue<>();
  private ConnectionFactory connections;
  private Server server;

  @BeforeAll
  @Timeout(1_800)
  static void start() throws IOException, SQLException {
    GoPeer.assumeBuilt();
    postgres = Postgres.start();
    watch = postgres.getPostgresDatabase().getConnection();
  }

  @AfterAll
  static void stop() throws IOException {
    if (postgres != null) { // else skipped
      postgres.close();
    }
  }

  @BeforeEach
  void serve() {
    var driver = new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
        .host("127.0.0.1")
        .port(postgres.getPort())
        .username("postgres")
        .database("postgres")
        .applicationName(NAME)
        .build());
    connections =
        CtxConnectionFactory.builder(driver).giveUp(Duration.ofMinutes(1)).build();
    server = Wire.NETTY.start(builder ->
        builder.addService(Kind.service(this::handle)).intercept(new CtxServerInterceptor(root)));
  }

  /**
   * As users write it: the Ctx is asked for where gRPC calls, and bound to what runs on other
   * threads.
   */
  private StreamObserver<String> handle(StreamObserver<String> response) {
    Ctx ctx = CtxGrpc.current();
    handled.add(ctx);
    Mono<Integer> statement = Mono.usingWhen(
        connections.create(),
        c -> Flux.from(c.createStatement("SELECT 1 FROM pg_sleep(600)").execute())
            .flatMap(result -> result.map(row -> row.get(0, Integer.class)))
            .next(),
        io.r2dbc.spi.Connection::close);
    statement
        .transform(CtxOps.bind(ctx))
        .subscribeOn(Schedulers.parallel())
        .subscribe(row -> {}, e -> {});
    return new StreamObserver<>() {
      @Override
      public void onNext(String request) {}

      @Override
      public void onError(Throwable e) {}

      @Override
      public void onCompleted() {}
    };
  }

  @AfterEach
  void leavesNothing() {
    server.shutdownNow();
    Await.until(() -> sessions("true") == 0, () -> "connections: " + sessions("true"));
    Await.until(() -> root.tree().lines().count() == 1, root::tree);
  }

  private static long sessions(String condition) {
    try (Statement statement = watch.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
            + " WHERE application_name = '" + NAME + "' AND " + condition)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean sleeps() {
    return sessions("wait_event = 'PgSleep'") == 1;
  }

  @Test
  @DisplayName("G7 a deadline of a client in Go ends the statement behind a reactive service")
  void deadline_ofGoClient_endsTheStatement() throws Exception {
    Await.longEnough(500, this::isEndedByDeadline);
  }

  /** Whether it got as far as the statement. */
  private boolean isEndedByDeadline(long timeoutMillis) throws Exception {
    try (GoPeer go = GoPeer.call(server.getPort(), METHOD, timeoutMillis)) {
      boolean[] slept = {false};
      Await.until(() -> (slept[0] |= sleeps()) || go.isOver(), () -> "no statement");
      assertThat(go.line()).startsWith("DeadlineExceeded");
      Await.until(() -> !sleeps(), () -> "it sleeps on");
      return slept[0];
    }
  }

  @Test
  @DisplayName("G7 a cancel of a client in Go ends the statement behind a reactive service")
  void cancel_ofGoClient_endsTheStatement() throws Exception {
    try (GoPeer go = GoPeer.call(server.getPort(), METHOD, 0)) {
      Ctx ctx = handled.take();
      Await.until(DownToStatementTest::sleeps, () -> "no statement");

      go.endInput();

      assertThat(go.line()).startsWith("Canceled");
      Await.until(() -> !sleeps(), () -> "it sleeps on");
      Await.until(ctx::isDone, () -> "not done");
      assertThat(ctx.cause()).isInstanceOf(ClientGoneException.class);
    }
  }
}

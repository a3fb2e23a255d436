package io.ctx4j.benchmarks;

import static java.util.stream.Collectors.joining;

import io.ctx4j.Ctx;
import io.ctx4j.r2dbc.CtxConnectionFactory;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A statement that takes no time, on a connection of a pool around PostgreSQL's driver or the
 * decorated one; and what a cut one leaves to the next owner of its connection.
 */
final class Statements {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration CUT_AFTER = Duration.ofMillis(50);

  /** Of a second; with the driver alone the next owner waits for the rest of it. */
  private static final String LONG = "SELECT 1 FROM pg_sleep(1)";

  private static final String SHORT = "SELECT 1";

  private enum Way {
    /** By the driver. */
    RAW,
    /** Decorated, its subscriber has no Ctx. */
    WITHOUT_CTX,
    /** Decorated, its subscriber has one with a deadline. */
    BIND;

    /** A pool of connections. */
    ConnectionPool pool(String url, int size) {
      ConnectionFactory driver = ConnectionFactories.get(url);
      var pool = new ConnectionPool(ConnectionPoolConfiguration.builder(
              this == RAW ? driver : CtxConnectionFactory.of(driver))
          .initialSize(size)
          .maxSize(size)
          .build());
      pool.warmup().block();
      return pool;
    }
  }

  private Statements() {}

  static void measure(Figures figures, boolean quick) throws IOException {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder()
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("log_min_messages", "fatal")
        .start()) {
      String url = "r2dbc:postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres";
      String ways = Stream.of(Way.values()).map(Enum::name).collect(joining(","));
      Turns.measure(figures, Statements.class, List.of(List.of(ways, url)), 5, quick);
      nextOwner(figures, url, Way.RAW, quick ? 1 : 3);
      nextOwner(figures, url, Way.BIND, quick ? 5 : 20);
    }
  }

  public static void main(String[] args) throws Exception {
    Turns.take(args[0], way -> statement(Way.valueOf(way), args[1])::block);
  }

  private static Mono<Object> statement(Way way, String url) {
    Mono<Object> statement = on(way.pool(url, 2), SHORT);
    return way == Way.BIND
        ? statement.contextWrite(CtxOps.put(Ctx.background().withTimeout(HOUR)))
        : statement;
  }

  /**
   * How long the next owner waits for the only connection, from when the one before was told that
   * it is cut.
   */
  private static void nextOwner(Figures figures, String url, Way way, int times) {
    ConnectionPool pool = way.pool(url, 1);
    try {
      for (int i = 0; i <= times; i++) { // the first warms up
        Mono<Object> cut = on(pool, LONG).transform(CtxOps.withTimeout(CUT_AFTER));
        cut.onErrorComplete().block();
        long start = System.nanoTime();
        on(pool, SHORT).block();
        if (i > 0) {
          figures.add("Statements.nextOwner:" + way, (System.nanoTime() - start) / 1e6);
        }
      }
    } finally {
      pool.dispose();
    }
  }

  private static Mono<Object> on(ConnectionPool pool, String sql) {
    return Mono.usingWhen(
        pool.create(),
        connection -> Flux.from(connection.createStatement(sql).execute())
            .flatMap(result -> result.map(row -> row.get(0)))
            .last(),
        Connection::close);
  }
}

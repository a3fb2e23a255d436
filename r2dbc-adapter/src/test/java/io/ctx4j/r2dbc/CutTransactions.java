package io.ctx4j.r2dbc;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Transactions of two rows, cut at random moments, and what the database has of them in the end.
 */
final class CutTransactions {
  enum Style {
    BY_HAND,
    BY_HAND_BOUND_PARAMETERS,
    SPRING,
    /** Without our transaction manager. */
    PLAIN_SPRING
  }

  enum Cut {
    BIND,
    PUT,
    PLAIN_TIMEOUT
  }

  record Outcome(
      int succeeded,
      int cut,
      Map<String, Integer> otherErrors,
      long half,
      long toldButNotThere,
      long notToldButThere,
      long idleInTransaction,
      int acquired,
      long active,
      int connections) {}

  private CutTransactions() {}

  static Outcome run(
      Server server, Place place, Style style, Cut cut, int transactions, long seed) {
    Random random = new Random(seed);
    Set<Integer> succeeded = ConcurrentHashMap.newKeySet();
    AtomicInteger cuts = new AtomicInteger();
    Map<String, Integer> others = new ConcurrentHashMap<>();
    try (var service = place.service(server, 5, settings -> settings.giveUp(Database.STUCK))) {
      String pair = server.table(service.name(), "pair");
      server.execute("DROP TABLE IF EXISTS " + pair);
      server.execute("CREATE TABLE " + pair + "(id int, n int)");
      ConnectionFactory connections = service.connections();
      DatabaseClient client = DatabaseClient.create(connections);
      ReactiveTransactionManager manager = new R2dbcTransactionManager(connections);
      TransactionalOperator operator = TransactionalOperator.create(
          style == Style.SPRING ? new CtxTransactionManager(manager) : manager);
      var usualNanos = new AtomicLong(5_000_000); // follows the machine, so that about half are cut
      Flux.range(0, transactions)
          .flatMap(
              id -> {
                Duration deadline =
                    Duration.ofNanos(100_000 + (long) (random.nextDouble() * 2 * usualNanos.get()));
                Mono<Void> gap =
                    Mono.delay(Duration.ofMillis(random.nextInt(4))).then();
                Mono<String> work = switch (style) {
                  case SPRING, PLAIN_SPRING -> spring(client, id, gap).as(operator::transactional);
                  case BY_HAND -> byHand(server, connections, id, gap, false);
                  case BY_HAND_BOUND_PARAMETERS -> byHand(server, connections, id, gap, true);
                };
                return cut(work, cut, deadline)
                    .doOnNext(done -> {
                      succeeded.add(id);
                      usualNanos.updateAndGet(nanos -> Math.max(1_000_000, nanos * 63 / 64));
                    })
                    .doOnError(e -> {
                      if (isCut(e)) {
                        usualNanos.updateAndGet(nanos -> Math.min(1_000_000_000, nanos * 65 / 64));
                        cuts.incrementAndGet();
                      } else {
                        others.merge(text(e), 1, Integer::sum);
                      }
                    })
                    .onErrorComplete();
              },
              8)
          .blockLast(Duration.ofSeconds(100 + transactions / 50));
      Set<Integer> there = new HashSet<>();
      service.awaitQuiet();
      server.forEachInt("SELECT DISTINCT id FROM " + pair, there::add);
      long half = server.count(
          "SELECT count(*) FROM (SELECT id FROM " + pair + " GROUP BY id HAVING count(*) <> 2) t");
      return new Outcome(
          succeeded.size(),
          cuts.get(),
          others,
          half,
          succeeded.stream().filter(id -> !there.contains(id)).count(),
          there.stream().filter(id -> !succeeded.contains(id)).count(),
          server.idleInTransaction(service.name()),
          service.metrics().acquiredSize(),
          server.active(service.name()),
          (int) server.connections(service.name()));
    }
  }

  private static boolean isCut(Throwable e) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      if (each instanceof CtxException || each instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }

  private static String text(Throwable e) {
    StringBuilder text = new StringBuilder();
    for (Throwable each = e; each != null; each = each.getCause()) {
      text.append(each.getClass().getSimpleName())
          .append(": ")
          .append(String.valueOf(each.getMessage()).replaceAll("\\d+", "#"))
          .append(" / ");
    }
    return text.toString();
  }

  private static Mono<String> cut(Mono<String> work, Cut cut, Duration deadline) {
    return switch (cut) {
      case PLAIN_TIMEOUT -> work.timeout(deadline);
      case BIND ->
        Mono.using(
            () -> Ctx.background().withTimeout(deadline),
            ctx -> work.transform(CtxOps.bind(ctx)),
            CancelCtx::close);
      case PUT ->
        Mono.using(
            () -> Ctx.background().withTimeout(deadline),
            ctx -> work.contextWrite(CtxOps.put(ctx)),
            CancelCtx::close);
    };
  }

  private static Mono<String> spring(DatabaseClient client, int id, Mono<Void> gap) {
    return client
        .sql("insert into pair values(:id, 1)")
        .bind("id", id)
        .then()
        .then(gap)
        .then(client.sql("insert into pair values(:id, 2)").bind("id", id).then())
        .thenReturn("done");
  }

  private static Mono<String> byHand(
      Server server, ConnectionFactory connections, int id, Mono<Void> gap, boolean bound) {
    return Mono.usingWhen(
        connections.create(),
        c -> Mono.usingWhen(
            Mono.from(c.beginTransaction()).thenReturn(c),
            tx -> insert(server, tx, id, 1, bound)
                .then(gap)
                .then(insert(server, tx, id, 2, bound))
                .thenReturn("done"),
            Connection::commitTransaction,
            (tx, e) -> tx.rollbackTransaction(),
            Connection::rollbackTransaction),
        Connection::close);
  }

  private static Mono<Void> insert(Server server, Connection c, int id, int n, boolean bound) {
    return Mono.defer(() -> Flux.from(
            bound
                ? c.createStatement("insert into pair values(" + server.parameter(1) + ", "
                        + server.parameter(2) + ")")
                    .bind(0, id)
                    .bind(1, n)
                    .execute()
                : c.createStatement("insert into pair values(" + id + ", " + n + ")")
                    .execute())
        .flatMap(result -> result.getRowsUpdated())
        .then());
  }

  /** [transactions]: all ways and places, and what came of them. */
  public static void main(String[] args) {
    int transactions = args.length > 0 ? Integer.parseInt(args[0]) : 2_000;
    reactor.core.publisher.Hooks.onErrorDropped(e -> {});
    for (Place place : Place.values()) {
      for (Style style : Style.values()) {
        for (Cut cut : Cut.values()) {
          long start = System.nanoTime();
          Outcome outcome =
              run(Database.POSTGRESQL, place, style, cut, transactions, System.nanoTime());
          System.out.println(place + " " + style + " " + cut + " "
              + (System.nanoTime() - start) / 1_000_000 + " ms: " + outcome);
        }
      }
    }
    System.exit(0);
  }
}

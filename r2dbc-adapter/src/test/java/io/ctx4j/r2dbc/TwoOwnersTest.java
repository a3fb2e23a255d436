package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.TimeSource;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Threads;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A pool takes a connection back, without a word, from who is canceled as it gets it, and has it
 * all the same: what two threads do by chance, one does here each time.
 */
class TwoOwnersTest {
  private static final Duration STUCK = Duration.ofSeconds(60);
  private static final String VALIDATION = "SELECT 1";

  /** How the pool looks whether a connection is alive: with the answer it is handed out. */
  enum Validation {
    CALL,
    QUERY
  }

  /** What the next validation's answer waits for; null: it comes at once. */
  private volatile @Nullable Mono<Void> gate;

  private final OtherDriver driver =
      new OtherDriver(sql -> (sql.equals(VALIDATION) ? gated() : Mono.empty())
          .then(Mono.just(new OtherDriver.Rows(Flux.just(7)))));
  private Sinks.Empty<Void> closed = Sinks.empty();
  private Sinks.Empty<Void> committed = Sinks.empty();
  private @Nullable ConnectionPool pool;

  private Mono<Void> gated() {
    Mono<Void> gate = this.gate;
    this.gate = null;
    return gate == null ? Mono.empty() : gate;
  }

  private ConnectionPool pool(@Nullable Validation validation) {
    driver.answers = call -> switch (call) {
      case "validate" -> gated().thenReturn(true);
      case "createSavepoint" -> gated();
      default -> Mono.empty();
    };
    ConnectionFactory connections = CtxConnectionFactory.builder(driver)
        .validationQuery(VALIDATION)
        .giveUp(STUCK)
        .build();
    var settings =
        ConnectionPoolConfiguration.builder(connections).initialSize(1).maxSize(1);
    if (validation == Validation.QUERY) {
      settings.validationQuery(VALIDATION);
    } else if (validation == Validation.CALL) {
      settings.validationDepth(ValidationDepth.REMOTE);
    }
    var pool = new ConnectionPool(settings.build());
    this.pool = pool;
    return pool;
  }

  @AfterEach
  void dispose() {
    requireNonNull(pool).dispose();
  }

  private void again(ConnectionPool pool) {
    pool.dispose();
    driver.calls.clear();
    closed = Sinks.empty();
    committed = Sinks.empty();
  }

  /** With a step between its statements. */
  private Mono<Void> transaction(Mono<? extends Connection> connection) {
    return Mono.usingWhen(
        connection,
        c -> Mono.usingWhen(
            Mono.from(c.beginTransaction()).thenReturn(c),
            tx -> Mono.from(StatementTest.one(tx, "INSERT 1"))
                .then(closed.asMono())
                .then(Mono.defer(() -> Mono.from(StatementTest.one(tx, "INSERT 2"))))
                .then(),
            Connection::commitTransaction,
            (tx, e) -> tx.rollbackTransaction(),
            Connection::rollbackTransaction),
        Connection::close);
  }

  private void next(ConnectionPool pool) {
    transaction(pool.create())
        .contextWrite(CtxOps.put(Ctx.background().withName("next")))
        .subscribe(nothing -> {}, committed::tryEmitError, committed::tryEmitEmpty);
  }

  /** The next owner, which is the only one that gets so far. */
  private void assertNextCommits() {
    committed.asMono().block(STUCK);
    List<String> calls =
        driver.calls.stream().filter(call -> !call.matches("execute|validate")).toList();
    assertThat(calls.subList(calls.lastIndexOf("beginTransaction"), calls.size()))
        .startsWith("beginTransaction", "INSERT 1", "INSERT 2", "commitTransaction");
    assertThat(calls).containsOnlyOnce("INSERT 1").doesNotContain("close");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D3 who is canceled as it gets a connection rolls back and closes before the next has it")
  void former_canceledAsItGetsIt_disturbsNobody(Validation validation) {
    ConnectionPool pool = pool(validation);
    pool.warmup().block(STUCK);
    Sinks.Empty<Void> cancel = Sinks.empty();
    Sinks.Empty<Void> valid = Sinks.empty();
    gate = valid.asMono();
    Mono<Connection> connection = pool.create().doOnNext(c -> {
      next(pool);
      cancel.tryEmitEmpty();
    });

    transaction(connection).takeUntilOther(cancel.asMono()).subscribe();
    valid.tryEmitEmpty();
    closed.tryEmitEmpty();

    assertNextCommits();
  }

  /** One who does not close by itself. */
  private static Disposable takeAndBegin(
      ConnectionPool pool, AtomicReference<@Nullable Connection> taken, Ctx ctx) {
    Disposable former = pool.create()
        .flatMap(connection -> {
          taken.set(connection);
          return Mono.from(connection.beginTransaction()).then(Mono.never());
        })
        .contextWrite(CtxOps.put(ctx))
        .subscribe();
    Await.until(() -> taken.get() != null, () -> "no connection");
    return former;
  }

  @Test
  @DisplayName("D3 who is canceled when it has one, likewise")
  void former_canceledWhenItHasOne_disturbsNobody() {
    boolean inTime;
    do {
      ConnectionPool pool = pool(null);
      var taken = new AtomicReference<@Nullable Connection>();
      Disposable former = takeAndBegin(pool, taken, Ctx.background());
      next(pool);

      long start = System.nanoTime();
      former.dispose();
      Mono.from(requireNonNull(taken.get()).close()).block(STUCK);
      inTime = System.nanoTime() - start < 40_000_000; // else the next has not waited so long
      closed.tryEmitEmpty();
      committed.asMono().block(STUCK);
      if (!inTime) {
        again(pool);
      }
    } while (!inTime);

    assertNextCommits();
  }

  @Test
  @DisplayName("D3 who closes later than anybody waits, and whose Ctx is done, likewise")
  void former_closesLate_disturbsNobody() {
    ConnectionPool pool = pool(null);
    CancelCtx ctx = Ctx.background().withCancel();
    var taken = new AtomicReference<@Nullable Connection>();
    Disposable former = takeAndBegin(pool, taken, ctx);
    next(pool);
    ctx.cancel();
    former.dispose();
    Await.until(() -> driver.calls.contains("INSERT 1"), () -> "nobody is next");

    Mono.from(requireNonNull(taken.get()).close()).contextWrite(CtxOps.put(ctx)).block(STUCK);
    closed.tryEmitEmpty();

    assertNextCommits();
  }

  @Test
  @DisplayName("D3, D8 who closes twice, which a pool puts up with, disturbs nobody")
  void former_closesTwice_disturbsNobody() {
    ConnectionPool pool = pool(null);
    Connection taken = requireNonNull(pool.create().block(STUCK));
    Mono<Void> close = Mono.from(taken.close());
    Mono<Void> again = Mono.from(taken.close());
    next(pool);

    close.block(STUCK);
    Await.until(() -> driver.calls.contains("INSERT 1"), () -> "nobody is next");
    again.block(STUCK);
    closed.tryEmitEmpty();

    assertNextCommits();
  }

  @Test
  @DisplayName(
      "D3 what a pool does not roll back is, as the connection is given back: a commit that"
          + " never had its turn, and what began without auto-commit")
  void transaction_poolDoesNotEnd_isRolledBack() {
    ConnectionPool pool = pool(null);
    Connection taken = requireNonNull(pool.create().block(STUCK));
    Mono.from(taken.beginTransaction()).block(STUCK);
    Sinks.Empty<Void> answer = Sinks.empty();
    gate = answer.asMono();
    Mono.from(taken.createSavepoint("s")).subscribe();
    Mono.from(taken.commitTransaction()).subscribe().dispose();
    answer.tryEmitEmpty();
    Mono.from(taken.close()).block(STUCK);

    assertThat(driver.calls)
        .doesNotContain("commitTransaction")
        .containsOnlyOnce("rollbackTransaction");

    driver.calls.clear();
    Connection other = requireNonNull(pool.create().block(STUCK));
    Mono.from(other.setAutoCommit(false)).block(STUCK);
    Mono.from(other.close()).block(STUCK);

    assertThat(driver.calls).containsOnlyOnce("rollbackTransaction");
  }

  @Test
  @DisplayName("D3 who is canceled while it waits for the former one is passed over")
  void next_canceledAsItWaits_disturbsNobody() {
    ConnectionPool pool = pool(Validation.QUERY);
    var taken = new AtomicReference<@Nullable Connection>();
    Disposable former = takeAndBegin(pool, taken, Ctx.background());
    Disposable waiting =
        Mono.usingWhen(pool.create(), c -> Mono.never(), Connection::close).subscribe();
    next(pool);
    former.dispose();
    Mono.from(requireNonNull(taken.get()).close()).block(STUCK);

    waiting.dispose();
    Await.until(() -> driver.calls.contains("INSERT 1"), () -> "nobody is next");
    var moment = new CountDownLatch(1);
    TimeSource.system().schedule(moment::countDown, Duration.ofMillis(150));
    Threads.await(moment);
    closed.tryEmitEmpty();

    assertNextCommits();
  }

  @Test
  @DisplayName("D2 who is canceled before the connection is validated does not have it: no wait")
  void former_canceledBeforeItGetsIt_isNotWaitedFor() {
    ConnectionPool pool = pool(Validation.QUERY);
    pool.warmup().block(STUCK);
    gate = Mono.never();
    closed.tryEmitEmpty();
    var former = transaction(pool.create()).subscribe();
    next(pool);

    former.dispose();
    List<String> calls = List.copyOf(driver.calls); // on this thread

    assertThat(calls).contains("commitTransaction");
  }
}

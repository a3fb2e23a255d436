package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Drivers that do what ours do not: rows without an end, results that wait for each other,
 * publishers that are used again.
 */
class OtherDriverTest {
  private static final Duration STUCK = Duration.ofSeconds(60);

  private final CancelCtx ctx = Ctx.background().withCancel();
  private final AtomicInteger canceled = new AtomicInteger();

  private static Connection connect(OtherDriver driver) {
    return connect(CtxConnectionFactory.of(driver));
  }

  private static Connection connect(CtxConnectionFactory connections) {
    return requireNonNull(connections.create().block(STUCK));
  }

  private <T> Mono<T> put(Publisher<T> publisher) {
    return Mono.from(publisher).contextWrite(CtxOps.put(ctx));
  }

  static void assertCut(CompletableFuture<?> end) {
    assertThat(end)
        .failsWithin(STUCK)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(CanceledException.class);
  }

  @Test
  @DisplayName(
      "D8 rows that go on for ever are canceled at the driver by who has enough of them, and keep nobody")
  void endlessRows_take_connectionGoesOn() {
    Flux<Integer> endless = Flux.<Integer>generate(sink -> sink.next(1));
    Flux<Integer> stuck = Flux.concat(Mono.just(1), Flux.<Integer>never());
    for (Flux<Integer> rows : List.of(endless, stuck)) {
      OtherDriver driver = OtherDriver.of(sql -> rows.doOnCancel(canceled::incrementAndGet));
      Connection connection = connect(driver);
      canceled.set(0);

      put(connection.beginTransaction()).block(STUCK);
      List<Integer> taken = Flux.from(StatementTest.one(connection, "SELECT"))
          .take(1)
          .contextWrite(CtxOps.put(ctx))
          .collectList()
          .block(STUCK);
      put(connection.commitTransaction()).block(STUCK);
      put(connection.close()).block(STUCK);

      assertThat(taken).containsExactly(1);
      assertThat(canceled).hasValue(1);
      assertThat(driver.calls)
          .containsExactly("beginTransaction", "execute", "SELECT", "commitTransaction", "close");
    }
  }

  @Test
  @DisplayName(
      "D8 a result that nobody reads, and that the driver waits for, keeps a commit for a moment at most")
  void unreadResults_ofADriverThatWaits_keepNobody() {
    for (boolean readFirst : new boolean[] {true, false}) {
      OtherDriver driver = new OtherDriver(sql -> inTurn(3));
      Connection connection = connect(driver);
      Mono<Result> first = Mono.from(connection.createStatement("SELECT").execute());

      Mono<?> used =
          readFirst ? first.flatMap(result -> Mono.from(result.getRowsUpdated())) : first;
      put(used).block(STUCK);
      put(connection.commitTransaction()).block(STUCK);
      put(connection.close()).block(STUCK);

      assertThat(driver.calls).endsWith("commitTransaction", "close");
    }
  }

  /** Results, of which the next comes when the one before was read. */
  private static Flux<Result> inTurn(int results) {
    return Flux.range(1, results)
        .concatMap(
            n -> {
              Sinks.Empty<Result> read = Sinks.empty();
              Flux<Integer> rows = Flux.just(n).doFinally(end -> read.tryEmitEmpty());
              return Flux.concat(Mono.just(new OtherDriver.Rows(rows)), read.asMono());
            },
            1);
  }

  @Test
  @DisplayName("D8 what is made of a segment is canceled with its stream, by downstream or by ctx")
  void segments_mappedToWhatNeverEnds_endWithTheStream() {
    for (boolean byCtx : new boolean[] {true, false}) {
      OtherDriver driver = OtherDriver.of(sql -> Flux.just(1, 2));
      Connection connection = connect(driver);
      CancelCtx ctx = Ctx.background().withCancel();
      canceled.set(0);
      CompletableFuture<Object> end = new CompletableFuture<>();
      Disposable subscription = Flux.from(connection.createStatement("SELECT").execute())
          .flatMap(result ->
              result.flatMap(segment -> Mono.never().doOnCancel(canceled::incrementAndGet)))
          .contextWrite(CtxOps.put(ctx))
          .subscribe(end::complete, end::completeExceptionally);

      if (byCtx) {
        ctx.cancel();
        assertCut(end);
      } else {
        subscription.dispose();
      }

      assertThat(canceled).hasValue(1);
      put(connection.rollbackTransaction()).block(STUCK);
      assertThat(driver.calls).containsExactly("execute", "SELECT", "rollbackTransaction");
    }
  }

  @Test
  @DisplayName(
      "D8 who subscribes again to what is executed asks the driver's publisher again, as without us")
  void execution_retried_isOneOfTheDriver() {
    for (Ctx under : List.of(Ctx.background(), ctx)) {
      var attempts = new AtomicInteger();
      OtherDriver driver = OtherDriver.of(sql ->
          attempts.incrementAndGet() < 3 ? Flux.error(new R2dbcTimeoutException()) : Flux.just(7));
      Connection connection = connect(driver);

      Integer seen = Mono.from(
              Flux.from(StatementTest.one(connection, "SELECT")).retry(5))
          .contextWrite(CtxOps.put(under))
          .block(STUCK);

      assertThat(seen).isEqualTo(7);
      assertThat(driver.calls).containsExactly("execute", "SELECT", "SELECT", "SELECT");
    }
  }

  @Test
  @DisplayName("D4 of a batch that is cut, results that nobody has subscribed to are not asked for")
  void batch_cut_laterStatementsAreNotAskedFor() {
    Sinks.Empty<Integer> answer = Sinks.empty();
    var executed = new AtomicInteger();
    OtherDriver driver = OtherDriver.of(sql -> Flux.defer(() -> {
      executed.incrementAndGet();
      return answer.asMono();
    }));
    Connection connection = connect(driver);
    CompletableFuture<Void> end = Flux.from(
            connection.createBatch().add("a").add("b").add("c").execute())
        .concatMap(Result::getRowsUpdated)
        .then()
        .contextWrite(CtxOps.put(ctx))
        .toFuture();

    ctx.cancel();
    assertThat(end).as("D11 it has not answered").isNotDone();
    answer.tryEmitEmpty();

    assertCut(end);
    assertThat(executed).hasValue(1);
  }

  @Test
  @DisplayName(
      "D5 the driver's own error at the moment of ctx's end, and before that is noticed here: ctx's")
  void driversError_ctxJustDone_isSuppressed() {
    Sinks.One<Integer> row = Sinks.one();
    Connection connection = connect(OtherDriver.of(sql -> row.asMono().flux()));
    ctx.onDone(() -> row.tryEmitError(new R2dbcTimeoutException()));
    CompletableFuture<Integer> end =
        put(StatementTest.one(connection, "SELECT")).toFuture();

    ctx.cancel();

    StatementTest.assertCanceled(end, true);
  }

  @Test
  @DisplayName(
      "D3 auto-commit off begins a transaction that ends with ctx, and on again its owner takes note of that")
  void autoCommit_offAndCutAndOn_connectionGoesOn() {
    OtherDriver driver = OtherDriver.of(sql -> Flux.just(7));
    Connection connection = connect(driver);
    put(connection.setAutoCommit(false)).block(STUCK);

    ctx.cancel();
    Mono<Integer> select = Mono.from(StatementTest.one(connection, "SELECT"));
    assertThatThrownBy(() -> select.block(STUCK)).isInstanceOf(CanceledException.class);
    Mono.from(connection.setAutoCommit(true)).block(STUCK);

    assertThat(select.block(STUCK)).isEqualTo(7);
    assertThat(driver.calls)
        .containsExactly(
            "setAutoCommit", "rollbackTransaction", "setAutoCommit", "execute", "SELECT");
  }

  @Test
  @DisplayName("D2 who is told of an abort, and throws, keeps nobody from having their turn")
  void onAbort_throws_connectionGoesOn() {
    Sinks.One<Integer> row = Sinks.one();
    OtherDriver driver =
        OtherDriver.of(sql -> sql.equals("SLOW") ? row.asMono().flux() : Flux.just(7));
    Connection connection = connect(CtxConnectionFactory.builder(driver)
        .canceler(
            physical -> Mono.fromRunnable(() -> row.tryEmitError(new R2dbcTimeoutException())))
        .onAbort(outcome -> {
          throw new IllegalStateException("thrown on purpose");
        })
        .build());
    CompletableFuture<Integer> end = put(StatementTest.one(connection, "SLOW")).toFuture();
    CompletableFuture<Integer> next =
        Mono.from(StatementTest.one(connection, "SELECT")).toFuture();

    ctx.cancel();

    assertCut(end);
    assertThat(next).succeedsWithin(STUCK).isEqualTo(7);
  }

  @Test
  @DisplayName(
      "D1 a canceler that throws, fails, or never says that its message was delivered: given up")
  void canceler_misbehaves_connectionIsClosed() {
    for (Canceler canceler : List.<Canceler>of(
        physical -> {
          throw new IllegalStateException("thrown on purpose");
        },
        physical -> Mono.error(new IllegalStateException("failed on purpose")),
        physical -> Mono.never())) {
      OtherDriver driver = OtherDriver.of(sql -> Flux.never());
      CancelCtx ctx = Ctx.background().withCancel();
      Connection connection = connect(CtxConnectionFactory.builder(driver)
          .canceler(canceler)
          .giveUp(Duration.ofMillis(200))
          .build());
      CompletableFuture<Integer> end = Mono.from(StatementTest.one(connection, "SLOW"))
          .contextWrite(CtxOps.put(ctx))
          .toFuture();

      ctx.cancel();

      assertCut(end);
      assertThat(driver.calls).containsExactly("execute", "SLOW", "close");
    }
  }
}

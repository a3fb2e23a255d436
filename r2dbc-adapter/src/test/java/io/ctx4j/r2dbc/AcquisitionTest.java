package io.ctx4j.r2dbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.ctx4j.testing.Await;
import io.ctx4j.testing.Threads;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A connection on its way from a pool to who takes it. */
class AcquisitionTest {
  private static final Duration STUCK = Duration.ofSeconds(60);

  private final OtherDriver driver = OtherDriver.of(sql -> Flux.just(7));

  private ConnectionPool pool(Function<Publisher<Void>, Publisher<Void>> functions) {
    Function<Connection, Publisher<Void>> call = connection ->
        functions.apply(Mono.from(StatementTest.one(connection, "SET")).then());
    return new ConnectionPool(ConnectionPoolConfiguration.builder(CtxConnectionFactory.of(driver))
        .initialSize(1)
        .maxSize(1)
        .postAllocate(call)
        .preRelease(call)
        .build());
  }

  private ConnectionPool rawPool() {
    return new ConnectionPool(
        ConnectionPoolConfiguration.builder(driver).initialSize(1).maxSize(1).build());
  }

  private static int acquired(ConnectionPool pool) {
    return pool.getMetrics().orElseThrow().acquiredSize();
  }

  /** As Kotlin's {@code awaitFirst} takes it. */
  private static Connection awaitFirst(Publisher<? extends Connection> connections) {
    var first = new AtomicReference<@Nullable Connection>();
    connections.subscribe(new BaseSubscriber<Connection>() {
      @Override
      protected void hookOnNext(Connection connection) {
        cancel();
        first.set(connection);
      }
    });
    Await.until(() -> first.get() != null, () -> "no connection");
    return requireNonNull(first.get());
  }

  @Test
  @DisplayName(
      "D8 who takes a connection of the pool's and cancels at once, as it wants no second one, has it alone")
  void create_takenAndCanceled_isTheirsAlone() {
    List<Function<Publisher<? extends Connection>, Connection>> ways = List.of(
        connections -> requireNonNull(Flux.from(connections).next().block(STUCK)),
        connections -> requireNonNull(Flux.from(connections).take(1).blockLast(STUCK)),
        AcquisitionTest::awaitFirst);
    for (var way : ways) {
      ConnectionPool pool = rawPool();

      Connection connection = way.apply(CtxConnectionFactory.of(pool).create());

      assertThat(Mono.from(StatementTest.one(connection, "SELECT")).block(STUCK))
          .isEqualTo(7);
      assertThat(acquired(pool)).isEqualTo(1);
      Mono.from(connection.close()).block(STUCK);
      assertThat(acquired(pool)).isZero();
      pool.dispose();
    }
  }

  /** As Spring's operators do, which cancel what has completed, too. */
  private static final class Taker implements CoreSubscriber<Connection> {
    final CountDownLatch has = new CountDownLatch(1);
    private final boolean cancelsInside;
    private volatile @Nullable Subscription subscription;

    Taker(boolean cancelsInside) {
      this.cancelsInside = cancelsInside;
    }

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      s.request(1);
    }

    @Override
    public void onNext(Connection connection) {
      if (cancelsInside) {
        Threads.elsewhere(this::cancel);
      }
      has.countDown();
    }

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onComplete() {}

    void cancel() {
      requireNonNull(subscription).cancel();
    }
  }

  @Test
  @DisplayName("D10 who cancels on another thread as it comes, or later, gives it back")
  void create_canceledElsewhere_isGivenBack() {
    for (boolean inside : new boolean[] {true, false}) {
      ConnectionPool pool = rawPool();
      var taker = new Taker(inside);

      CtxConnectionFactory.of(pool).create().subscribe(taker);
      Threads.await(taker.has);
      if (!inside) {
        taker.cancel();
      }

      Await.until(() -> acquired(pool) == 0, () -> "still acquired");
      pool.dispose();
    }
  }

  @Test
  @DisplayName(
      "D4 a pool's own functions are not the acquirer's work, if they are detached: its end closes nothing")
  void poolFunctions_detached_closeNoHealthyConnection() {
    ConnectionPool pool = pool(function -> Mono.from(function).transform(CtxOps.detach()));
    for (int i = 0; i < 20; i++) {
      CancelCtx ctx = Ctx.background().withCancel();
      if (i % 2 == 0) {
        ctx.cancel();
      }
      List<Integer> used = new ArrayList<>();
      Mono.usingWhen(
              pool.create(),
              c -> Mono.from(StatementTest.one(c, "SELECT"))
                  .doOnNext(used::add)
                  .doOnNext(value -> ctx.cancel()),
              Connection::close)
          .contextWrite(CtxOps.put(ctx))
          .onErrorComplete(CtxException.class)
          .block(STUCK);
      assertThat(used).hasSize(i % 2);
    }
    assertThat(driver.calls).doesNotContain("close");
    assertThat(driver.calls).filteredOn("SET"::equals).hasSize(40);
    pool.dispose();
  }
}

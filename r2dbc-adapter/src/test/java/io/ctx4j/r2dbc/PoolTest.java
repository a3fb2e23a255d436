package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/** What a pool does on its own account while it hands out. */
class PoolTest {
  private static final String VALIDATION = "SELECT 1";

  static Stream<Arguments> places() {
    return Stream.of(Place.values())
        .flatMap(place -> Stream.of(Arguments.of(place, true), Arguments.of(place, false)));
  }

  /** Connections that the driver has closed. */
  private static void withPool(
      Place place, Hooked driver, Function<ConnectionFactory, Runnable> work) {
    Function<ConnectionFactory, ConnectionPool> pool =
        factory -> new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
            .initialSize(2)
            .maxSize(2)
            .validationQuery(VALIDATION)
            .build());
    Function<ConnectionFactory, CtxConnectionFactory> ctx = factory ->
        CtxConnectionFactory.builder(factory).validationQuery(VALIDATION).build();
    ConnectionPool connections;
    ConnectionFactory users;
    if (place == Place.BELOW_POOL) {
      users = connections = pool.apply(ctx.apply(driver.factory()));
    } else {
      connections = pool.apply(driver.factory());
      users = ctx.apply(connections);
    }
    connections.warmup().block(STUCK);
    work.apply(users).run();
    Database.await("acquired", () -> connections.getMetrics().orElseThrow().acquiredSize() == 0);
    assertThat(driver.calls).doesNotContain("close");
    connections.dispose();
  }

  @ParameterizedTest
  @MethodSource("places")
  @DisplayName(
      "D4 to acquire with a done Ctx, or to be cut meanwhile, closes no healthy connection")
  void acquisition_cut_closesNoConnection(Place place, boolean doneBefore) {
    var driver = new Hooked(Database.driver("pool"), true);
    withPool(place, driver, connections -> () -> {
      for (int i = 0; i < 100; i++) {
        CancelCtx ctx = Ctx.background().withCancel();
        if (doneBefore) {
          ctx.cancel();
        } else {
          driver.before = call -> ctx.cancel();
        }
        Mono<Integer> use = Mono.usingWhen(
            connections.create(),
            c -> Mono.from(StatementTest.one(c, "SELECT 2")),
            Connection::close);
        use.contextWrite(CtxOps.put(ctx)).onErrorComplete(CtxException.class).block(STUCK);
        driver.before = call -> {};
      }
    });
    assertThat(driver.calls).filteredOn(VALIDATION::equals).hasSizeGreaterThanOrEqualTo(100);
    assertThat(driver.calls).doesNotContain("SELECT 2");
  }

  @ParameterizedTest
  @MethodSource("places")
  @DisplayName("D4 bound to its Ctx, likewise")
  void boundAcquisition_cut_closesNoConnection(Place place, boolean unused) {
    var driver = new Hooked(Database.driver("pool"), true);
    withPool(place, driver, connections -> () -> {
      for (int i = 0; i < 100; i++) {
        CancelCtx ctx = Ctx.background().withCancel();
        driver.before = call -> ctx.cancel();
        Mono<Integer> use = Mono.usingWhen(
            connections.create(),
            c -> Mono.from(StatementTest.one(c, "SELECT 2")),
            Connection::close);
        use.transform(CtxOps.bind(ctx)).onErrorComplete(CtxException.class).block(STUCK);
        driver.before = call -> {};
      }
    });
  }
}

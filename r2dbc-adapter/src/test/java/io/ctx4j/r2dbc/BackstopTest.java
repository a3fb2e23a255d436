package io.ctx4j.r2dbc;

import static io.ctx4j.r2dbc.Database.STUCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The server's statement timeout, as the server has it. */
class BackstopTest {
  private static final String SHOW =
      "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'";
  /**
   * As the others here, at the upper end of what gives one timeout: that much may pass before it is
   * set.
   */
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Hooked driver = new Hooked(Database.driver("backstop"), true);

  private Place.Service service(Place place) {
    return place.service("backstop", driver, settings -> settings.backstop(true));
  }

  private static Mono<Integer> show(Connection connection) {
    return Mono.from(StatementTest.one(connection, SHOW));
  }

  private static <T> Mono<T> within(Duration timeout, Mono<T> work) {
    return Mono.using(
        () -> Ctx.background().withTimeout(timeout),
        ctx -> work.contextWrite(CtxOps.put(ctx)),
        CancelCtx::close);
  }

  private List<String> sets() {
    return driver.calls.stream()
        .filter(call -> call.startsWith("setStatementTimeout"))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D9 coarse, later than the deadline, set where it differs, and gone with the owner")
  void statements_withDeadlines_setTheTimeoutWhereItDiffers(Place place) {
    try (var service = service(place)) {
      List<Integer> seen = Flux.usingWhen(
              service.connections().create(),
              c -> Flux.concat(
                  within(MINUTE, show(c)),
                  within(MINUTE.minusMillis(500), show(c)),
                  within(Duration.ofSeconds(32), show(c)),
                  show(c)),
              Connection::close)
          .collectList()
          .block(STUCK);

      assertThat(seen).containsExactly(131_072, 131_072, 65_536, 0);
      assertThat(sets()).hasSize(3);
      assertThat(StatementTest.using(service, c -> within(MINUTE, show(c))).block(STUCK))
          .isEqualTo(131_072);
      assertThat(Mono.usingWhen(
                  service.pool().create(), c -> show(Driver.physical(c)), Connection::close)
              .block(STUCK))
          .as("for the next owner")
          .isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D9 never above the user's own, which comes back")
  void statements_usersOwnTimeout_isNotRaised(Place place) {
    try (var service = service(place)) {
      List<Integer> seen = Flux.usingWhen(
              service.connections().create(),
              c -> Flux.concat(
                  Mono.from(c.setStatementTimeout(Duration.ofSeconds(30)))
                      .then(within(MINUTE, show(c))),
                  within(Duration.ofSeconds(8), show(c)),
                  show(c)),
              Connection::close)
          .collectList()
          .block(STUCK);

      assertThat(seen).containsExactly(30_000, 16_384, 30_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("D9 a ROLLBACK takes back what was set in its transaction, and that is known")
  void statements_afterARollback_haveTheirTimeout(Place place) {
    try (var service = service(place)) {
      List<Integer> seen = Flux.usingWhen(
              service.connections().create(),
              c -> Flux.concat(
                  Mono.from(c.beginTransaction()).then(within(MINUTE, show(c))),
                  Mono.from(c.rollbackTransaction()).then(within(MINUTE, show(c))),
                  show(c)),
              Connection::close)
          .collectList()
          .block(STUCK);

      assertThat(seen).containsExactly(131_072, 131_072, 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "D9, C17 further off than a server, or a long, can count: the user's own, and no error")
  void statements_farDeadlines_haveTheUsersOwn(Place place) {
    try (var service = service(place)) {
      List<Integer> seen = Flux.usingWhen(
              service.connections().create(),
              c -> Flux.concat(
                  within(Duration.ofSeconds(Long.MAX_VALUE), show(c)),
                  within(MINUTE, show(c)),
                  within(Duration.ofSeconds(Long.MAX_VALUE), show(c)),
                  within(Duration.ofDays(36_500), show(c))),
              Connection::close)
          .collectList()
          .block(STUCK);

      assertThat(seen).containsExactly(0, 131_072, 0, 0);
      assertThat(sets()).hasSize(2);
    }
  }

  @Test
  @DisplayName("D9 off unless asked for: no message")
  void statements_noBackstop_setNothing() {
    try (var service = Place.BELOW_POOL.service("backstop", driver, settings -> settings)) {
      assertThat(StatementTest.using(service, c -> within(MINUTE, show(c))).block(STUCK))
          .isZero();
    }
    assertThat(sets()).isEmpty();
    assertThat(driver.calls).noneMatch(call -> call.contains("pg_settings") && !call.equals(SHOW));
  }
}

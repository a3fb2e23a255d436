package io.ctx4j.r2dbc;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Null where nothing says {@code @Nullable}, and durations that make no sense. */
class ArgumentsTest {
  private static final ConnectionFactory DRIVER = Database.driver("arguments");

  static Stream<Arguments> calls() {
    return Stream.of(
        call("driver", () -> CtxConnectionFactory.of(nul())),
        call("driver", () -> CtxConnectionFactory.builder(nul())),
        call("canceler", () -> CtxConnectionFactory.builder(DRIVER).canceler(nul())),
        call("after", () -> CtxConnectionFactory.builder(DRIVER).giveUp(nul())),
        call("sql", () -> CtxConnectionFactory.builder(DRIVER).validationQuery(nul())),
        call("outcomes", () -> CtxConnectionFactory.builder(DRIVER).onAbort(nul())),
        call("delegate", () -> new CtxTransactionManager(nul())));
  }

  private static Arguments call(String parameter, ThrowingCallable call) {
    return Arguments.of(parameter, call);
  }

  @ParameterizedTest(name = "[{index}] {0}")
  @MethodSource("calls")
  @DisplayName("C31 null is refused by the parameter's name")
  void nullArgument_isRefusedByName(String parameter, ThrowingCallable call) {
    assertThatNullPointerException().isThrownBy(call).withMessage(parameter);
  }

  @Test
  @DisplayName("§6 to give up takes a while")
  void giveUp_notPositive_isRefused() {
    for (Duration after : new Duration[] {Duration.ZERO, Duration.ofMillis(-1)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CtxConnectionFactory.builder(DRIVER).giveUp(after));
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nul() {
    return null;
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Null where nothing says {@code @Nullable}. */
class ArgumentsTest {
  static Stream<Arguments> calls() {
    return Stream.of(
        call("ctx", () -> CtxOps.bind(nul())),
        call("timeout", () -> CtxOps.withTimeout(nul())),
        call("timeout", () -> CtxOps.withTimeout(nul(), "name")),
        call("name", () -> CtxOps.withTimeout(Duration.ofSeconds(1), nul())),
        call("ctx", () -> CtxOps.done(nul())),
        call("view", () -> CtxOps.get(nul())),
        call("ctx", () -> CtxOps.put(nul())),
        call("key", () -> CtxOps.withValue(ArgumentsTest.<CtxKey<String>>nul(), "value")),
        call("ctx", () -> CtxOps.retryable(nul())),
        call("scheduler", () -> CtxOps.timeSource(nul())),
        call("source", () -> CtxOps.bind(Ctx.background()).apply(nul())),
        call("source", () -> CtxOps.bind(Ctx.background().withCancel()).apply(nul())),
        call("source", () -> CtxOps.bind().apply(nul())),
        call("source", () -> CtxOps.withTimeout(Duration.ofSeconds(1)).apply(nul())),
        call("source", () -> CtxOps.detach().apply(nul())),
        call("source", () -> CtxOps.isolate().apply(nul())));
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

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nul() {
    return null;
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.ctx4j.Ctx;
import io.ctx4j.CtxKey;
import io.ctx4j.TimeSource;
import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.scheduler.Schedulers;

/** Null where nothing says {@code @Nullable}. */
class ArgumentsTest {
  private static final TimeSource TIME = CtxOps.timeSource(Schedulers.immediate());
  private static final CtxRetry RETRY = CtxOps.retry(1, Duration.ZERO);

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
        call("task", () -> TIME.schedule(nul(), Duration.ofSeconds(1))),
        call("delay", () -> TIME.schedule(() -> {}, nul())),
        call("ctx", () -> CtxOps.retry(nul(), 1, Duration.ZERO)),
        call("minBackoff", () -> CtxOps.retry(1, nul())),
        call("max", () -> RETRY.maxBackoff(nul())),
        call("retryable", () -> RETRY.filter(nul())),
        call("action", () -> RETRY.doBeforeRetry(nul())),
        call("backoff", () -> RETRY.scheduler(nul())),
        call("ctx", () -> CtxThread.open(nul())),
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

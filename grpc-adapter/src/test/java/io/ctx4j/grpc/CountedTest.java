package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.ManualTime;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client's cancel counts as. */
class CountedTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 0, CLIENT_GONE",
    "1000, 899, CLIENT_GONE",
    "1000, 901, DEADLINE_EXCEEDED",
    "20, 9, CLIENT_GONE",
    "20, 10, DEADLINE_EXCEEDED"
  })
  @DisplayName(
      "G2 a client that leaves when as good as nothing is left of the deadline has run into it")
  void cancel_byTimeLeft_counts(long timeout, long after, CallOutcome expected) {
    var time = new ManualTime();
    try (var echo = new Echo(Wire.NETTY, time, Duration.ofMillis(timeout), null)) {
      var answers = new Answers();
      CancelCtx caller = Ctx.background().withCancel();
      CtxGrpc.with(echo.stub(), caller).call(Kind.BIDI, "a", answers);
      Echo.Handled call = echo.handled();

      time.advance(Duration.ofMillis(after));
      caller.cancel();

      Await.until(call.ctx()::isDone, () -> "not done");
      assertThat(call.ctx().cause()).isInstanceOf(ClientGoneException.class);
      Await.until(() -> !echo.outcomes.isEmpty(), () -> "no outcome");
      assertThat(echo.outcomes).containsExactly(expected);
    }
  }
}

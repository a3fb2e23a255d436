package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Await;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many calls, with ends at random. */
@Tag("race")
class SoakTest {
  private static final int CALLS = Integer.getInteger("ctx4j.calls", 10_000);
  private static final int AT_ONCE = 500;
  private static final List<Kind> KINDS = List.of(Kind.values());

  @Test
  @DisplayName(
      "G4 10,000 calls of all kinds, with random deadlines and ends, leave nothing on either side")
  void call_manyTimes_leavesNothing() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    CancelCtx caller = Ctx.background().withCancel();
    try (var echo = new Echo(Wire.NETTY)) {
      EchoStub stub = echo.stub();
      for (int done = 0; done < CALLS; done += AT_ONCE) {
        List<Answers> answers = new ArrayList<>();
        List<CancelCtx> each = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          CancelCtx ctx = caller.withTimeout(Duration.ofNanos(random.nextInt(100_000_000)));
          var answer = new Answers();
          CtxGrpc.with(stub, ctx).call(KINDS.get(random.nextInt(KINDS.size())), "a", answer);
          answers.add(answer);
          each.add(ctx);
          if (random.nextInt(3) == 0) {
            each.get(random.nextInt(each.size())).cancel();
          }
          echo.answerSome(random);
        }
        answers.forEach(answer -> assertThat(answer.status().getCode())
            .as("seed %s", seed)
            .isIn(
                Status.Code.OK,
                Status.Code.ABORTED,
                Status.Code.CANCELLED,
                Status.Code.DEADLINE_EXCEEDED));
      }
      Await.until(() -> echo.root.tree().lines().count() == 1, echo.root::tree);
      Await.until(() -> caller.tree().lines().count() == 1, caller::tree);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "G1 a handler that sends while its context ends: an end, no message after it, no error")
  void send_whileEnding_isSerial(Wire wire) throws InterruptedException {
    for (int round = wire == Wire.IN_PROCESS ? 200 : 20; round > 0; round--) {
      try (var echo = new Echo(wire)) {
        var answers = new Answers();
        CtxGrpc.with(echo.stub(), Ctx.background()).call(Kind.SERVER_STREAMING, "a", answers);
        Echo.Handled call = echo.handled();
        var sending = new AtomicBoolean(true);
        var sender = new Thread(() -> {
          while (sending.get()) {
            if (call.response().isReady()) {
              call.send("b");
            }
          }
        });
        sender.start();
        Await.until(() -> answers.messages.size() > 2, () -> "no messages");

        echo.root.cancel();

        assertThat(answers.status().getCode()).isEqualTo(Status.Code.CANCELLED);
        sending.set(false);
        sender.join();
        assertThat(call.failures()).isEmpty();
      }
    }
  }
}

package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Await;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer in Go on either side: a Go client calls this, which calls a Go server. */
class GoTest {
  private static final String METHOD = Kind.UNARY.method.getFullMethodName();

  @BeforeAll
  @Timeout(1_800)
  static void build() {
    GoPeer.assumeBuilt();
  }

  private static ManagedChannel channelTo(GoPeer server) {
    return NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(server.line()))
        .usePlaintext()
        .build();
  }

  @Test
  @DisplayName("G7 Java calls Go: Go sees what is left of ctx's deadline, and its end")
  void call_goServer_seesDeadlineAndEnd() {
    try (GoPeer go = GoPeer.serve()) {
      ManagedChannel channel = channelTo(go);
      EchoStub stub = new EchoStub(channel);
      CancelCtx ctx = Ctx.background().withTimeout(Duration.ofMinutes(1));
      long left = Long.parseLong(CtxGrpc.with(stub, ctx).unary("echo"));
      assertThat(left).isBetween(1_000L, 60_000L);
      assertThat(CtxGrpc.with(stub, ctx.withoutCancel()).unary("echo")).isEqualTo("-1");

      var answers = new Answers();
      CtxGrpc.with(stub, ctx).call(Kind.UNARY, "wait", answers);
      assertThat(go.line()).startsWith("left ");
      ctx.cancel();

      assertThat(go.line()).isEqualTo("ended context canceled");
      assertThat(answers.status().getCause()).isInstanceOf(CanceledException.class);

      try (CancelCtx timed = Ctx.background().withTimeout(Duration.ofMillis(200))) {
        assertThatThrownBy(() -> CtxGrpc.with(stub, timed).unary("wait"))
            .hasMessage("DEADLINE_EXCEEDED: context deadline exceeded");
      }
      channel.shutdownNow();
    }
  }

  @Test
  @DisplayName(
      "G7 Go calls Java, which calls Go: a deadline shrinks from hop to hop, and ends all three")
  void deadline_ofGoClient_endsTheChain() {
    Await.longEnough(500, GoTest::isChainEnded);
  }

  @Test
  @DisplayName("G7 Go calls Java, which calls Go: a cancel of the first ends all three")
  void cancel_ofGoClient_endsTheChain() {
    assertThat(isChainEnded(0)).isTrue();
  }

  /**
   * Ends it by the deadline, or by a cancel where there is none.
   *
   * @return false: it was over before it came to the last one
   */
  private static boolean isChainEnded(long timeoutMillis) {
    try (var echo = new Echo(Wire.NETTY);
        GoPeer last = GoPeer.serve();
        GoPeer first = GoPeer.call(echo.server.getPort(), METHOD, timeoutMillis)) {
      ManagedChannel channel = channelTo(last);
      try {
        Echo.Handled middle = echo.handledUnless(first::isOver);
        if (middle == null) {
          return false;
        }
        var answers = new Answers();
        CompletableFuture.runAsync(
                () -> // a thread that gRPC knows nothing of
                CtxGrpc.with(new EchoStub(channel), middle.ctx()).call(Kind.UNARY, "wait", answers))
            .join();
        Await.until(() -> last.hasLine() || answers.isOver(), () -> "no call");
        if (!last.hasLine()) {
          return false;
        }
        long left = Long.parseLong(last.line().substring("left ".length()));
        if (left < 0 && timeoutMillis > 0) {
          return false; // it has passed on its way to the last one
        }
        assertThat(left).isBetween(timeoutMillis == 0 ? -1L : 0L, timeoutMillis);
        if (timeoutMillis == 0) {
          first.endInput();
        }
        assertThat(first.line()).startsWith(timeoutMillis == 0 ? "Canceled" : "DeadlineExceeded");
        assertThat(last.line()).isIn("ended context canceled", "ended context deadline exceeded");
        Await.until(middle.ctx()::isDone, () -> "not done");
        if (timeoutMillis == 0) {
          assertThat(middle.ctx().cause()).isInstanceOf(ClientGoneException.class);
        }
        Await.until(() -> echo.root.tree().lines().count() == 1, echo.root::tree);
        return true;
      } finally {
        channel.shutdownNow();
      }
    }
  }
}

package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Handlers that throw the end of a context on the thread that calls them, as blocking code does.
 */
class HandlerThrowsTest {
  private final CancelCtx root = Ctx.background().withCancel();
  private final List<CallOutcome> outcomes = new CopyOnWriteArrayList<>();
  private final Answers answers = new Answers();

  @SuppressWarnings("unused") // by name
  static List<?> calls() {
    return CallEndTest.calls();
  }

  private void call(
      Wire wire, Kind kind, Function<StreamObserver<String>, StreamObserver<String>> handler) {
    var interceptor = new CtxServerInterceptor(root, null, null, outcomes::add);
    Server server =
        wire.start(builder -> builder.addService(Kind.service(handler)).intercept(interceptor));
    ManagedChannel channel = wire.channel(server);
    try {
      new EchoStub(channel).call(kind, "a", answers);
      answers.status();
      Await.until(() -> !outcomes.isEmpty(), () -> "no outcome");
      Await.until(() -> root.tree().lines().count() == 1, root::tree);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static void timeOut() {
    try (CancelCtx ctx = CtxGrpc.current().withName("inner").withTimeout(Duration.ofMillis(1))) {
      ctx.sleep(Duration.ofHours(1));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G1 a handler that throws a Ctx's error: its status and text, not UNKNOWN")
  void call_handlerThrowsCtxError_isClosedWithIt(Wire wire, Kind kind) {
    call(wire, kind, answer -> {
      timeOut();
      return new Answers();
    });

    assertThat(answers.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(answers.status().getDescription()).isEqualTo("context deadline exceeded (inner)");
    assertThat(outcomes).containsExactly(CallOutcome.ERROR);
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName(
      "G1 G5 likewise at a message, and where it is the cause of what is thrown; no cause crosses")
  void message_handlerThrowsForCtxError_isClosedWithIt(Wire wire, Kind kind) {
    CancelCtx inner = Ctx.background().withCancel();
    inner.cancel(new IllegalStateException("s3cret"));
    call(wire, kind, answer -> new StreamObserver<>() {
      @Override
      public void onNext(String message) {
        throw new IllegalArgumentException("s3cret", requireNonNull(inner.err()).copy());
      }

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {}
    });

    assertThat(answers.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(answers.status().toString()).contains("context canceled").doesNotContain("s3cret");
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G4 a handler that throws anything else: as with gRPC alone")
  void call_handlerThrows_isUnknown(Wire wire, Kind kind) {
    call(wire, kind, answer -> {
      throw new IllegalStateException("thrown on purpose");
    });

    assertThat(answers.status().getCode()).isIn(Status.Code.UNKNOWN, Status.Code.CANCELLED);
    assertThat(outcomes).containsExactly(CallOutcome.ERROR);
  }
}

package io.ctx4j.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.ManualTime;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

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

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "G2 registered for the server and for a service, with another one between: a call counts once")
  void interceptor_registeredTwice_takesACallOnce(Wire wire) {
    CancelCtx root = Ctx.background().withCancel();
    List<CallOutcome> outcomes = new CopyOnWriteArrayList<>();
    List<String> trees = new CopyOnWriteArrayList<>();
    var interceptor = new CtxServerInterceptor(root, null, null, outcomes::add);
    var service = Kind.service(answer -> {
      trees.add(root.tree());
      answer.onNext("b");
      answer.onCompleted();
      return new Answers();
    });
    Server server = wire.start(builder -> builder
        .addService(ServerInterceptors.intercept(service, interceptor))
        .intercept(new Wrapping())
        .intercept(interceptor));
    ManagedChannel channel = wire.channel(server);
    try {
      new EchoStub(channel).call(Kind.CLIENT_STREAMING, "a", new Answers());
      Await.until(() -> root.tree().lines().count() == 1 && !outcomes.isEmpty(), root::tree);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }

    assertThat(trees).singleElement().satisfies(tree -> assertThat(tree.lines()).hasSize(2));
    assertThat(outcomes).containsExactly(CallOutcome.COMPLETED);
  }

  /** As interceptors do that look at what is sent. */
  private static final class Wrapping implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      return next.startCall(new SimpleForwardingServerCall<>(call) {}, headers);
    }
  }
}

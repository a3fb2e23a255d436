package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.Await;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the other side can read of an end: seen by a client and a server that know nothing of this
 * library.
 */
class WireTextTest {
  private final IllegalStateException secret = new IllegalStateException("s3cret");

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "G5 a server's cause does not cross the wire: status, text and trailers have nothing of it")
  void cancel_ofRoot_keepsItsCause(Wire wire) {
    try (var echo = new Echo(wire)) {
      var answers = new Answers();
      echo.stub().call(Kind.UNARY, "a", answers);
      echo.handled();

      echo.root.cancel(secret);

      assertHidden(answers);
      assertThat(answers.status().getDescription()).isEqualTo("context canceled");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("G5 a handler that fails with a Ctx's error: its status and text, and not its cause")
  void fail_withCtxException_keepsItsCause(Wire wire) {
    try (var echo = new Echo(wire)) {
      CancelCtx inner = Ctx.background().withName("inner").withCancel();
      inner.cancel(secret);
      CtxException err = requireNonNull(inner.err());
      for (Throwable failure :
          List.of(err.copy(), new IllegalStateException(secret.getMessage(), err))) {
        var answers = new Answers();
        echo.stub().call(Kind.UNARY, "a", answers);

        echo.handled().response().onError(failure);

        assertHidden(answers);
        assertThat(answers.status().getCode()).isEqualTo(Status.Code.CANCELLED);
        assertThat(answers.status().getDescription()).isEqualTo("context canceled (inner)");
      }
    }
  }

  private static void assertHidden(Answers answers) {
    Status status = answers.status();
    assertThat(status.getCause()).isNull();
    assertThat(String.valueOf(status.getDescription())).doesNotContain("s3cret");
    Metadata trailers = Status.trailersFromThrowable(answers.error());
    assertThat(String.valueOf(trailers)).doesNotContain("s3cret");
  }

  @Test
  @DisplayName("G5 a client's cause does not cross the wire, and a call has no header of ours")
  void cancel_ofCaller_keepsItsCause() throws InterruptedException {
    List<String> seen = new CopyOnWriteArrayList<>();
    var heard = new CountDownLatch(1);
    ServerInterceptor headers = new ServerInterceptor() {
      @Override
      public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
          ServerCall<ReqT, RespT> call, Metadata sent, ServerCallHandler<ReqT, RespT> next) {
        seen.addAll(sent.keys());
        Context.current()
            .addListener(
                context -> {
                  seen.add(String.valueOf(context.cancellationCause()));
                  heard.countDown();
                },
                Runnable::run);
        return next.startCall(call, sent);
      }
    };
    Server server = Wire.NETTY.start(
        builder -> builder.addService(Kind.service(response -> new Answers())).intercept(headers));
    var channel = Wire.NETTY.channel(server);
    try {
      CancelCtx caller = Ctx.background().withName("hidden").withCancel();
      var answers = new Answers();
      CtxGrpc.with(new EchoStub(channel), caller).call(Kind.BIDI, "a", answers);
      Await.until(() -> !seen.isEmpty(), () -> "no call");

      caller.cancel(secret);

      assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(seen)
          .noneMatch(
              text -> text.contains("s3cret") || text.contains("ctx") || text.contains("hidden"));
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }
}

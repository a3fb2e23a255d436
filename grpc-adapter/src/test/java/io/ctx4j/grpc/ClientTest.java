package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The caller's side. */
class ClientTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Echo echo = new Echo(Wire.IN_PROCESS);
  private final Answers answers = new Answers();

  @AfterEach
  void stop() {
    echo.close();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "G3 a done Ctx makes no call: its status and a copy of its err, on the calling thread")
  void call_done_isNotMade(Kind kind) {
    var why = new IllegalStateException("why");
    ctx.cancel(why);

    CtxGrpc.with(echo.stub(), ctx).call(kind, "a", answers);

    Status status = answers.status();
    assertThat(status.getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(status.getCause())
        .isInstanceOf(CanceledException.class)
        .isNotSameAs(ctx.err())
        .hasCause(why);
    assertThatThrownBy(() -> CtxGrpc.with(echo.stub(), ctx).unary("a"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasCauseInstanceOf(CanceledException.class);
    assertThat(echo.hasCalls()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("G3 nor does one that is done when the call, made before, is started")
  void start_doneSinceTheCallWasMade_isNotMade(Kind kind) {
    EchoStub stub = CtxGrpc.with(echo.stub(), ctx);
    ClientCall<String, String> call = stub.getChannel().newCall(kind.method, stub.getCallOptions());
    ctx.cancel();

    ClientCalls.asyncUnaryCall(call, "a", answers);

    Status status = answers.status();
    assertThat(status.getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(status.getCause()).isInstanceOf(CanceledException.class);
    assertThat(echo.hasCalls()).isFalse();
    assertThat(echo.outcomes).isEmpty();
  }

  @Test
  @DisplayName("G3 a blocking stub throws ctx's status, with a copy of its err as the cause")
  void unary_canceledWhileBlocked_throws() {
    CompletableFuture<String> blocked =
        CompletableFuture.supplyAsync(() -> CtxGrpc.with(echo.stub(), ctx).unary("a"));
    echo.handled();

    ctx.cancel();

    assertThatThrownBy(blocked::join)
        .cause()
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("CANCELLED: context canceled")
        .hasCauseInstanceOf(CanceledException.class);
    CancelCtx timed = Ctx.background().withTimeout(Duration.ofMillis(50));
    assertThatThrownBy(() -> CtxGrpc.with(echo.stub(), timed).unary("a"))
        .hasMessage("DEADLINE_EXCEEDED: context deadline exceeded")
        .hasCauseInstanceOf(DeadlineExceededException.class);
  }

  @Test
  @DisplayName("G3 the earlier of both deadlines is sent, the call's own and ctx's")
  void call_twoDeadlines_sendsTheEarlier() {
    CancelCtx minute = ctx.withTimeout(Duration.ofMinutes(1));
    CtxGrpc.with(echo.stub(), minute)
        .withDeadlineAfter(1, TimeUnit.HOURS)
        .call(Kind.BIDI, "a", answers);
    CtxGrpc.with(echo.stub(), ctx.withTimeout(Duration.ofHours(1)))
        .withDeadlineAfter(1, TimeUnit.MINUTES)
        .call(Kind.BIDI, "a", answers);

    for (int i = 0; i < 2; i++) {
      assertThat(requireNonNull(echo.handled().ctx().remaining()))
          .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(1));
    }
  }

  @Test
  @DisplayName(
      "G3 the call's own deadline, and a cancel of the caller's own, are told as gRPC tells them")
  void call_ownEnds_areGrpcs() {
    assertThatThrownBy(() -> CtxGrpc.with(echo.stub(), ctx)
            .withDeadlineAfter(50, TimeUnit.MILLISECONDS)
            .unary("a"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasNoCause()
        .hasMessageStartingWith("DEADLINE_EXCEEDED");
    assertThat(ctx.tree().lines()).hasSize(1);
  }

  @Test
  @DisplayName("G3 the server's answer stays where ctx ends after it")
  void cancel_afterAnswer_isTheServers() {
    CtxGrpc.with(echo.stub(), ctx).call(Kind.UNARY, "a", answers);
    echo.handled().response().onError(Status.NOT_FOUND.asRuntimeException());
    assertThat(answers.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);

    ctx.cancel();

    assertThat(answers.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  @DisplayName(
      "§8 a channel with the interceptor calls under current(); with() on it is not used twice")
  void intercepted_channel_usesCurrent() {
    var stub = new EchoStub(ClientInterceptors.intercept(echo.channel, new CtxClientInterceptor()));
    CancelCtx current = ctx.withTimeout(Duration.ofMinutes(1));
    try (CancellableContext context = CtxGrpc.toGrpc(current)) {
      context.run(() -> stub.call(Kind.BIDI, "a", answers));
      Echo.Handled call = echo.handled();
      assertThat(call.ctx().deadline()).isNotNull();
      context.run(() -> CtxGrpc.with(stub, Ctx.background()).call(Kind.BIDI, "b", new Answers()));
      assertThat(echo.handled().ctx().deadline()).isNull();
    }
    CtxGrpc.with(CtxGrpc.with(stub, ctx), Ctx.background()).call(Kind.BIDI, "c", new Answers());
    assertThat(echo.handled().ctx().deadline()).isNull();
    current.cancel();
    assertThat(answers.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  @DisplayName(
      "§8 with(stub, ctx.withoutCancel()): the caller's end and deadline do not come to the call")
  void with_withoutCancel_isOnItsOwn() {
    CancellableContext caller = Context.current().withCancellation();
    caller.run(() -> CtxGrpc.with(echo.stub(), ctx.withoutCancel()).call(Kind.UNARY, "a", answers));
    Echo.Handled call = echo.handled();

    caller.cancel(new IllegalStateException());
    ctx.cancel();

    assertThat(call.ctx().isDone()).isFalse();
    call.complete("b");
    assertThat(answers.status()).isEqualTo(Status.OK);
  }
}

package io.ctx4j.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.CanceledException;
import io.ctx4j.ClientGoneException;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DeadlineExceededException;
import io.ctx4j.ShutdownException;
import io.ctx4j.grpc.spi.CallOutcome;
import io.ctx4j.testing.Await;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of each kind, in process and over a connection, and each way to end them. */
class CallEndTest {
  private final CancelCtx caller = Ctx.background().withCancel();
  private final Answers answers = new Answers();

  static List<Arguments> calls() {
    List<Arguments> all = new ArrayList<>();
    for (Wire wire : Wire.values()) {
      for (Kind kind : Kind.values()) {
        all.add(Arguments.of(wire, kind));
      }
    }
    return all;
  }

  private Echo.Handled start(Echo echo, Kind kind, Ctx ctx) {
    CtxGrpc.with(echo.stub(), ctx).call(kind, "a", answers);
    return echo.handled();
  }

  private static CtxException awaitDone(Ctx ctx) {
    Await.until(ctx::isDone, () -> "not done: " + ctx);
    return requireNonNull(ctx.err());
  }

  /** Nothing is left on the root, nor on the caller's context. */
  private void assertNothingLeft(Echo echo, CallOutcome... oneOf) {
    Await.until(() -> echo.root.tree().lines().count() == 1, echo.root::tree);
    Await.until(
        () -> caller.tree().lines().count() == 1, caller::tree); // gRPC's timer may be first
    Await.until(() -> !echo.outcomes.isEmpty(), () -> "no outcome");
    assertThat(echo.outcomes).hasSize(1).allMatch(List.of(oneOf)::contains);
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G1 G4 completed: the handler had a Ctx below the root, which is closed then")
  void complete_anyKind_closesCtx(Wire wire, Kind kind) {
    try (var echo = new Echo(wire)) {
      Echo.Handled call = start(echo, kind, caller);
      assertThat(call.ctx().isDone()).isFalse();
      assertThat(call.ctx().deadline()).isNull();
      assertThat(echo.root.tree().lines()).hasSize(2);

      call.complete("b");

      assertThat(answers.status()).isEqualTo(Status.OK);
      assertThat(answers.messages).containsExactly("b");
      assertThat(((CanceledException) awaitDone(call.ctx())).isClosed()).isTrue();
      assertNothingLeft(echo, CallOutcome.COMPLETED);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G4 failed by the handler: its status as it is, and nothing is left")
  void fail_anyKind_isTheHandlers(Wire wire, Kind kind) {
    try (var echo = new Echo(wire)) {
      Echo.Handled call = start(echo, kind, caller);

      call.response().onError(Status.NOT_FOUND.withDescription("gone").asRuntimeException());

      assertThat(answers.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(answers.status().getDescription()).isEqualTo("gone");
      awaitDone(call.ctx());
      assertNothingLeft(echo, CallOutcome.ERROR);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G1 G3 the caller's deadline is the handler's; both are told, in their own words")
  void deadline_ofCaller_endsBoth(Wire wire, Kind kind) {
    Await.longEnough(200, millis -> isEndedByDeadline(wire, kind, Duration.ofMillis(millis)));
  }

  /** False: it was over before the server had it. */
  private boolean isEndedByDeadline(Wire wire, Kind kind, Duration timeout) {
    try (var echo = new Echo(wire)) {
      CancelCtx timed = caller.withTimeout(timeout);
      var ofCall = new Answers();
      CtxGrpc.with(echo.stub(), timed).call(kind, "a", ofCall);
      Echo.Handled call = echo.handledUnless(ofCall::isOver);
      if (call == null) {
        return false;
      }
      assertThat(requireNonNull(call.ctx().remaining())).isBetween(Duration.ZERO, timeout);

      Status status = ofCall.status();

      assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(status.getDescription()).isEqualTo("context deadline exceeded");
      assertThat(status.getCause()).isInstanceOf(DeadlineExceededException.class);
      awaitDone(call.ctx());
      // which one is CountedTest's: how long a cancel is on its way here, nobody knows
      assertNothingLeft(echo, CallOutcome.DEADLINE_EXCEEDED, CallOutcome.CLIENT_GONE);
      return true;
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName(
      "G2 G3 the caller's ctx is canceled: so is the handler's, because the client has gone")
  void cancel_ofCaller_isClientGone(Wire wire, Kind kind) {
    try (var echo = new Echo(wire)) {
      Echo.Handled call = start(echo, kind, caller.withName("checkout"));
      var why = new IllegalStateException("a secret");

      caller.cancel(why);

      Status status = answers.status();
      assertThat(status.getCode()).isEqualTo(Status.Code.CANCELLED);
      assertThat(status.getCause())
          .isInstanceOf(CanceledException.class)
          .isNotSameAs(caller.err())
          .hasCause(why);
      assertThat(awaitDone(call.ctx())).isInstanceOf(CanceledException.class);
      assertThat(call.ctx().cause()).isInstanceOf(ClientGoneException.class);
      assertNothingLeft(echo, CallOutcome.CLIENT_GONE);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G6 the root is shut down: UNAVAILABLE, whatever the handler does")
  void shutdown_ofRoot_isUnavailable(Wire wire, Kind kind) {
    try (var echo = new Echo(wire)) {
      Echo.Handled call = start(echo, kind, caller);

      echo.root.cancel(new ShutdownException());
      call.completeLate();

      assertThat(answers.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(answers.status().getCause()).isNull();
      assertThat(answers.messages).isEmpty();
      assertThat(call.ctx().cause()).isInstanceOf(ShutdownException.class);
      assertNothingLeft(echo, CallOutcome.SHUTDOWN);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName("G2 G4 the connection is lost: both are told, and nothing is left")
  void connection_lost_endsBoth(Wire wire, Kind kind) throws InterruptedException {
    try (var echo = new Echo(wire)) {
      Echo.Handled call = start(echo, kind, caller);

      echo.channel.shutdownNow();
      assertThat(echo.channel.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

      assertThat(answers.status().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
      assertThat(awaitDone(call.ctx())).isInstanceOf(CanceledException.class);
      assertThat(call.ctx().cause()).isInstanceOf(ClientGoneException.class);
      assertNothingLeft(echo, CallOutcome.CLIENT_GONE);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  @DisplayName(
      "G1 the server's own deadline: closed with DEADLINE_EXCEEDED, whatever the handler does")
  void deadline_ofServer_closesTheCall(Wire wire, Kind kind) {
    Await.longEnough(
        100, millis -> isEndedByServersDeadline(wire, kind, Duration.ofMillis(millis)));
  }

  /** False: it was over before the handler had it. */
  private boolean isEndedByServersDeadline(Wire wire, Kind kind, Duration timeout) {
    try (var echo = new Echo(wire, timeout, null)) {
      var ofCall = new Answers();
      CtxGrpc.with(echo.stub(), caller).call(kind, "a", ofCall);
      Echo.Handled call = echo.handledUnless(ofCall::isOver);

      assertThat(ofCall.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(ofCall.status().getDescription()).isEqualTo("context deadline exceeded");
      assertThat(ofCall.status().getCause()).isNull();
      if (call == null) {
        return false;
      }
      call.completeLate();
      assertThat(ofCall.messages).isEmpty();
      assertThat(awaitDone(call.ctx())).isInstanceOf(DeadlineExceededException.class);
      assertNothingLeft(echo, CallOutcome.DEADLINE_EXCEEDED);
      return true;
    }
  }

  @Test
  @DisplayName(
      "G1 no call lasts longer than the maximum, also where it comes with a later deadline, or none")
  void deadline_aboveMaximum_isTheMaximum() {
    for (Duration asked : new Duration[] {Duration.ofHours(1), Duration.ofSeconds(30), null}) {
      try (var echo = new Echo(Wire.NETTY, Duration.ofHours(2), Duration.ofMinutes(1))) {
        Ctx ctx = asked == null ? caller : caller.withTimeout(asked);
        CtxGrpc.with(echo.stub(), ctx).call(Kind.UNARY, "a", new Answers());

        Duration remaining = requireNonNull(echo.handled().ctx().remaining());

        Duration most = asked == null || asked.toMinutes() > 1 ? Duration.ofMinutes(1) : asked;
        assertThat(remaining).isLessThanOrEqualTo(most);
        if (most.toMinutes() == 1) {
          assertThat(remaining).isGreaterThan(Duration.ofSeconds(1));
        }
      }
    }
  }
}

package io.ctx4j.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.testing.AtOnce;
import io.ctx4j.webflux.Gate.Body;
import io.ctx4j.webflux.Gate.State;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class GateTest {
  private final CtxException err = err();
  private final Gate gate = new Gate();

  private static CtxException err() {
    CancelCtx ctx = Ctx.background().withCancel();
    ctx.cancel();
    return Objects.requireNonNull(ctx.err());
  }

  @Test
  @DisplayName("W4 once the handler has committed the context cannot refuse, but abort")
  void commit_thenContext_aborts() {
    assertThat(gate.commit(Body.PARTS)).isTrue();
    assertThat(gate.commit(Body.PARTS)).isTrue();
    assertThat(gate.refuse(err)).isFalse();
    assertThat(gate.abort(err)).isTrue();
    assertThat(gate.abort(err)).isFalse();
    assertThat(gate.commit(Body.PARTS)).isFalse();
    assertThat(gate.handlerEnds()).isEqualTo(State.ABORTED);
    assertThat(gate.reason()).isSameAs(err);
    assertThat(gate.isRefused()).isFalse();
  }

  @Test
  @DisplayName("W4 once the context has refused the handler changes nothing")
  void refuse_thenHandler_nothing() {
    assertThat(gate.refuse(err)).isTrue();
    assertThat(gate.commit(Body.PARTS)).isFalse();
    assertThat(gate.abort(err)).isFalse();
    assertThat(gate.isRefused()).isTrue();
    assertThat(gate.answer()).isTrue();
    assertThat(gate.answer()).isFalse();
    assertThat(gate.isRefused()).isTrue();
    assertThat(gate.abort(err)).isFalse();
    assertThat(gate.giveUp(err)).isTrue();
    assertThat(gate.giveUp(err)).isFalse();
    assertThat(gate.isRefused()).isTrue();
    assertThat(gate.isCommitted()).isFalse();
  }

  @Test
  @DisplayName("W4 an exchange that is over is neither refused nor aborted")
  void end_thenContext_nothing() {
    assertThat(gate.handlerEnds()).isEqualTo(State.OPEN);
    assertThat(gate.refuse(err)).isFalse();
    assertThat(gate.abort(err)).isFalse();
    assertThat(gate.reason()).isNull();
  }

  @Test
  @DisplayName("W4 of commit and refusal at once one wins")
  void commitAndRefuse_atOnce_oneWins() {
    for (int round = 0; round < 5_000; round++) {
      var raced = new Gate();
      var wins = new AtomicInteger();
      AtOnce.run(
          () -> {
            if (raced.commit(Body.PARTS)) {
              wins.incrementAndGet();
            }
          },
          () -> {
            if (raced.refuse(err)) {
              wins.incrementAndGet();
            }
          });
      assertThat(wins).hasValue(1);
    }
  }
}

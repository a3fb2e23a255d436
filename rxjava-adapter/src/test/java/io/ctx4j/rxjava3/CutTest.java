package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.DeadlineExceededException;
import io.reactivex.rxjava3.schedulers.TestScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens, on every type, when the context of a running stream is done. */
class CutTest {
  private final CancelCtx ctx = Ctx.background().withCancel();
  private final Source source = new Source();
  private final Probe probe = new Probe();

  private void subscribe(Type type) {
    type.subscribe(source, probe, Binding.to(ctx));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X4 R1 a deadline's error says so, and which; a TestScheduler moves it")
  void deadline_passes_tellsDeadlineExceeded(Type type) {
    var scheduler = new TestScheduler();
    CancelCtx timed = Ctx.root(RxCtxOps.timeSource(scheduler))
        .withName("checkout")
        .withTimeout(Duration.ofSeconds(10));
    type.subscribe(source, probe, Binding.to(timed));

    scheduler.advanceTimeBy(9, TimeUnit.SECONDS);
    assertThat(probe.isOver()).isFalse();
    scheduler.advanceTimeBy(1, TimeUnit.SECONDS);

    assertThat(probe.error())
        .isExactlyInstanceOf(DeadlineExceededException.class)
        .hasMessage("context deadline exceeded (checkout)");
    assertThat(((DeadlineExceededException) probe.error()).deadline()).isEqualTo(timed.deadline());
    assertThat(source.canceled).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R1 a source that never calls onSubscribe is cut; should it come later, it is canceled")
  void cancel_beforeOnSubscribe_isTold(Type type) {
    source.late = true;
    subscribe(type);

    ctx.cancel();
    probe.assertSignals("cut");
    source.join();
    source.emit(1);
    source.end();

    assertThat(source.canceled).hasValue(1);
    probe.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R4 canceled inside of onSubscribe: told when that has returned")
  void cancel_insideOnSubscribe_isToldAfterIt(Type type) {
    probe.inSubscribe = () -> {
      ctx.cancel();
      assertThat(probe.isOver()).isFalse();
      assertThat(source.canceled).hasValue(1);
    };

    subscribe(type);

    probe.assertSignals("cut");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R1 the same where onSubscribe then throws")
  void cancel_insideOnSubscribeThatThrows_isToldAfterIt(Type type) {
    var thrown = new IllegalStateException("in onSubscribe");
    probe.inSubscribe = () -> {
      ctx.cancel();
      throw thrown;
    };
    try (var undelivered = new Undelivered()) {
      subscribe(type);

      probe.assertSignals("cut");
      assertThat(source.canceled).hasValue(1);
      assertThat(undelivered.errors)
          .anyMatch(late -> late == thrown || late.getCause() == thrown); // some types wrap it
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R1 of a chain of bindings the one that is done ends it all, once")
  void cancel_innerOrOuterBinding_endsAll(Type type) {
    try (var undelivered = new Undelivered()) {
      for (int i = 0; i < 3; i++) {
        List<CancelCtx> each = new ArrayList<>();
        for (int j = 0; j < 3; j++) {
          each.add(Ctx.background().withCancel());
        }
        var chained = new Source();
        var end = new Probe();
        type.subscribe(chained, end, each.stream().map(Binding::to).toArray(Binding[]::new));

        each.get(i).cancel();
        each.forEach(CancelCtx::cancel);

        end.assertSignals("cut");
        assertThat(chained.canceled).hasValue(1);
      }
      assertThat(undelivered.errors).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X5 R1 one context bound twice: told once, and nothing is undeliverable")
  void cancel_boundTwice_isToldOnce(Type type) {
    try (var undelivered = new Undelivered()) {
      type.subscribe(source, probe, Binding.to(ctx), Binding.to(ctx.withCancel()), Binding.to(ctx));

      ctx.cancel();

      probe.assertSignals("cut");
      assertThat(source.canceled).hasValue(1);
      assertThat(undelivered.errors).isEmpty();
    }
  }
}

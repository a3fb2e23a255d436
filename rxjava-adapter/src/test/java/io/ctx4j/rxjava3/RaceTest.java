package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two of: emit, complete, fail, join, request, leave, cancel. One outcome of those allowed, every
 * time.
 */
@Tag("race")
class RaceTest {
  private static final int ROUNDS = 2_000;

  private final Undelivered undelivered = new Undelivered();

  @AfterEach
  void close() {
    undelivered.close();
  }

  /** A stream of its own for one round. */
  private static class Round {
    final CancelCtx ctx = Ctx.background().withCancel();
    final Source source = new Source();
    final Probe probe;

    Round(Type type, long demand) {
      probe = new Probe(demand);
      type.subscribe(source, probe, Binding.to(ctx));
    }

    Round(Type type) {
      this(type, Long.MAX_VALUE);
    }
  }

  /** The end is one of the two, and upstream was canceled exactly where it is the context's. */
  private void assertEnd(Round round, Object... otherwise) {
    boolean isCut = round.probe.signals().equals(List.of("cut"));
    if (!isCut) {
      round.probe.assertSignals(otherwise);
    }
    assertThat(round.probe.breaches).isEmpty();
    assertThat(round.source.canceled).hasValue(isCut ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R4 cancel and complete at once: one of the two, and upstream is canceled only by the cut")
  void complete_whileCanceling_isOneOfTheTwo(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      return new Race(round.ctx::cancel, round.source::end, () -> assertEnd(round, type.ended()));
    });
    assertThat(undelivered.errors).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R4 cancel and fail at once: one of the two; the source's error is told or reported, once")
  void fail_whileCanceling_isOneOfTheTwo(Type type) {
    var error = new IllegalStateException("failed");
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      return new Race(round.ctx::cancel, () -> round.source.fail(error), () -> {
        assertEnd(round, "error failed");
        assertThat(undelivered.errors).hasSize(round.source.canceled.get());
        undelivered.errors.clear();
      });
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R4 cancel and leave at once: told or not, and upstream is canceled once")
  void leave_whileCanceling_isOneOfTheTwo(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      return new Race(round.ctx::cancel, round.probe::leave, () -> {
        assertThat(round.probe.signals()).isIn(List.of(), List.of("cut"));
        assertThat(round.probe.breaches).isEmpty();
        assertThat(round.source.canceled).hasValue(1);
      });
    });
    assertThat(undelivered.errors).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName("X1 R4 leave and complete at once: told or canceled")
  void leave_whileCompleting_isOneOfTheTwo(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      return new Race(round.probe::leave, round.source::end, () -> {
        boolean told = round.probe.isOver();
        round.probe.assertSignals(told ? type.ended() : new Object[] {});
        assertThat(round.source.canceled).hasValue(told ? 0 : 1);
      });
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R4 a source that joins while the context is canceled: cut, or its own end before that")
  void join_whileCanceling_isCutOrEnded(Type type) {
    Race.rounds(ROUNDS, () -> {
      var ctx = Ctx.background().withCancel();
      var source = new Source();
      var probe = new Probe();
      source.late = true;
      type.subscribe(source, probe, Binding.to(ctx));
      return new Race(ctx::cancel, source::join, () -> {
        probe.assertSignals("cut");
        assertThat(source.canceled).hasValue(1);
      });
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R1 R2 subscribe while the context is canceled: cut, in every case")
  void subscribe_whileCanceling_isCut(Type type) {
    Race.rounds(ROUNDS, () -> {
      var ctx = Ctx.background().withCancel();
      var source = new Source();
      var probe = new Probe();
      Runnable subscribe = () -> type.subscribe(source, probe, Binding.to(ctx));
      return new Race(ctx::cancel, subscribe, () -> {
        probe.assertSignals("cut");
        assertThat(source.canceled).hasValue(source.subscribed.get());
      });
    });
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName(
      "X1 R4 cancel while items are emitted: some of them in order, then the cut, nothing at once")
  void emit_whileCanceling_isCutBetweenItems(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      Runnable emit = () -> {
        round.source.emit(1, 2, 3, 4, 5);
        round.source.end();
      };
      return new Race(round.ctx::cancel, emit, () -> {
        List<Object> signals = round.probe.signals();
        Object end = signals.remove(signals.size() - 1);
        assertThat(List.<Object>of(1, 2, 3, 4, 5).subList(0, signals.size())).isEqualTo(signals);
        assertThat(end).isEqualTo(round.source.canceled.get() == 1 ? "cut" : "end");
        assertThat(round.probe.breaches).isEmpty();
      });
    });
    assertThat(undelivered.errors).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "OBSERVABLE", "FLUX"})
  @DisplayName("X1 R4 leave while items are emitted: none that began after leaving, and no end")
  void emit_whileLeaving_stops(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type);
      return new Race(round.probe::leave, () -> round.source.emit(1, 2, 3, 4, 5), () -> {
        round.source.emit(6);
        assertThat(round.probe.signals()).doesNotContain(6, "cut", "end");
        assertThat(round.probe.breaches).isEmpty();
        assertThat(round.source.canceled).hasValue(1);
      });
    });
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOWABLE", "FLUX", "MONO"})
  @DisplayName("X1 R4 the first request while the context is canceled: cut, once")
  void request_whileCanceling_isCutOnce(Type type) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(type, 0);
      return new Race(
          round.ctx::cancel, () -> round.probe.request(1), () -> round.probe.assertSignals("cut"));
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("X1 R4 two of three bindings are canceled at once: one cut")
  void cancel_twoBindingsAtOnce_isOneCut(Type type) {
    Race.rounds(ROUNDS, () -> {
      var inner = Ctx.background().withCancel();
      var outer = Ctx.background().withCancel();
      var source = new Source();
      var probe = new Probe();
      type.subscribe(
          source, probe, Binding.to(inner), Binding.to(outer), Binding.to(inner.withCancel()));
      return new Race(inner::cancel, outer::cancel, () -> {
        probe.assertSignals("cut");
        assertThat(source.canceled).hasValue(1);
        if (type.isRx()) {
          assertThat(undelivered.errors).isEmpty();
        }
      });
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "X1 R11 R3 the parent of a timeout is canceled while the source completes: no child is left")
  void withTimeout_endsWhileParentIsCanceled_leavesNoChild(Type type) {
    Ctx root = Ctx.background().withCancel();
    String alone = root.tree();
    Race.rounds(ROUNDS, () -> {
      CancelCtx parent = root.withCancel();
      var source = new Source();
      var probe = new Probe();
      type.subscribe(source, probe, Binding.within(parent, Duration.ofDays(1)));
      return new Race(parent::cancel, source::end, () -> {
        assertThat(probe.isOver()).isTrue();
        assertThat(probe.breaches).isEmpty();
      });
    });
    assertThat(root.tree()).isEqualTo(alone);
  }
}

package io.ctx4j.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;

/** A context that is done while its stream signals: one end, serial signals, nothing lost. */
@Tag("race")
class SignalRaceTest {
  private static final int ROUNDS = 20_000;

  private final Race.Outcomes outcomes = new Race.Outcomes();

  enum Kind {
    FLUX,
    CONDITIONAL,
    MONO
  }

  /** One subscription to one context. */
  private final class Round {
    final CancelCtx ctx = Ctx.background().withCancel();
    final Source<Integer> source = new Source<>();
    final Dropped dropped = new Dropped();
    final Kind kind;
    final Probe<Integer> probe;
    int emitted;

    Round(Kind kind, long demand) {
      this.kind = kind;
      probe = kind == Kind.CONDITIONAL
          ? Probe.conditional(demand, dropped.hooks())
          : new Probe<>(demand, dropped.hooks());
    }

    Round subscribe() {
      Publisher<Integer> bound = kind == Kind.MONO
          ? source.mono().transform(CtxOps.bind(ctx))
          : source.transform(CtxOps.bind(ctx));
      probe.to(bound);
      return this;
    }

    void emit() {
      int element = emitted++;
      if (kind == Kind.CONDITIONAL) {
        source.tryEmit(element);
      } else {
        source.emit(element);
      }
    }

    void requestFour() {
      for (int i = 0; i < 4; i++) {
        probe.request(1);
      }
    }

    /** One end, at the end, and an upstream that was canceled if and only if that is the cut. */
    void check() {
      checkElements();
      assertThat(probe.isOver()).isTrue();
      assertThat(source.canceled).hasValue(probe.isCut() ? 1 : 0);
      assertThat(dropped.errors).isEmpty();
    }

    void checkCut() {
      check();
      assertThat(probe.isCut()).isTrue();
    }

    /** Each element was delivered or discarded, in order. */
    void checkElements() {
      assertThat(probe.breaches).isEmpty();
      List<Object> elements = probe.signals();
      elements.removeIf(String.class::isInstance);
      elements.addAll(dropped.discarded);
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < emitted; i++) {
        all.add(i);
      }
      assertThat(elements).isEqualTo(all);
      assertThat(dropped.elements).isEmpty();
      outcomes.add(probe.isCut());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLUX", "CONDITIONAL"})
  @DisplayName("R4 emit and done at once: serial, cut last, each element delivered or discarded")
  void emit_whileCanceling_isSerial(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      return new Race(
          () -> {
            for (int i = 0; i < 4; i++) {
              round.emit();
            }
          },
          round.ctx::cancel,
          round::checkCut);
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "R4 the last element, completion and done at once: one end; a Mono's element is its end")
  void emitAndComplete_whileCanceling_endsOnce(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      return new Race(
          () -> {
            round.emit();
            round.source.complete();
          },
          round.ctx::cancel,
          () -> {
            round.check();
            if (kind == Kind.MONO) {
              assertThat(round.probe.signals()).isIn(List.of(0, "complete"), List.of("cut"));
            }
          });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("R4 completion and done at once: one of the two is told")
  void complete_whileCanceling_endsOnce(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      return new Race(round.source::complete, round.ctx::cancel, round::check);
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("R4 error and done at once: one of the two is told, and the error never lost")
  void fail_whileCanceling_endsOnce(Kind kind) {
    var own = new IllegalStateException("own");
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      return new Race(() -> round.source.fail(own), round.ctx::cancel, () -> {
        assertThat(round.dropped.errors.poll()).isSameAs(round.probe.isCut() ? own : null);
        round.check();
      });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "R4 downstream's cancel and done at once: upstream is canceled once, at most the cut is told")
  void cancel_whileCanceling_cancelsUpstreamOnce(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      return new Race(round.probe::cancel, round.ctx::cancel, () -> {
        round.checkElements();
        assertThat(round.probe.signals()).isIn(List.of(), List.of("cut"));
        assertThat(round.source.canceled).hasValue(1);
      });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLUX", "CONDITIONAL"})
  @DisplayName(
      "R4 elements, downstream's cancel inside onNext and done at once: nothing after them")
  void cancelInOnNext_whileCanceling_isToldNothingMore(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10).subscribe();
      round.probe.inNext = round.probe::cancel;
      return new Race(
          () -> {
            round.emit();
            round.emit();
          },
          round.ctx::cancel,
          () -> {
            round.checkElements();
            assertThat(round.probe.signals()).isIn(List.of(0), List.of("cut"));
            assertThat(round.source.canceled).hasValue(1);
          });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLUX", "CONDITIONAL"})
  @DisplayName("R4 request and done at once: serial, cut last, each element delivered or discarded")
  void request_whileCanceling_isSerial(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 0);
      round.source.inRequest = round::emit;
      round.subscribe();
      return new Race(round::requestFour, round.ctx::cancel, round::checkCut);
    });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "R1 subscribe and done at once: downstream is told, and a subscription that came is canceled")
  void subscribe_whileCanceling_isCut(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10);
      return new Race(round::subscribe, round.ctx::cancel, () -> {
        round.probe.assertSignals("cut");
        assertThat(round.source.canceled.get()).isEqualTo(round.source.subscribed.get());
        outcomes.add(round.source.subscribed.get() > 0);
      });
    });
    assertThat(outcomes.both()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("R1 a late subscription and done at once: it is canceled, and downstream told once")
  void join_whileCanceling_isCut(Kind kind) {
    Race.rounds(ROUNDS, () -> {
      var round = new Round(kind, 10);
      round.source.late = true;
      round.subscribe();
      return new Race(round.source::join, round.ctx::cancel, () -> {
        round.checkCut();
        outcomes.add(round.source.requests.isEmpty());
      });
    });
    assertThat(outcomes.both()).isTrue();
  }
}

package io.ctx4j.rxjava3;

import static io.ctx4j.rxjava3.Inserted.BIND;
import static io.ctx4j.rxjava3.Inserted.BIND_NOTED;
import static io.ctx4j.rxjava3.Inserted.CUT;
import static io.ctx4j.rxjava3.Inserted.TIMEOUT;
import static io.ctx4j.rxjava3.Pipeline.Where.ALSO_LAST;
import static io.ctx4j.rxjava3.Pipeline.Where.ONLY_LAST;
import static org.assertj.core.api.Assertions.assertThat;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pipelines whose context ends at a random moment: inline, and on another thread.
 *
 * <p>Every second one has further bindings to the context inside of it. Its error may then come to
 * an operator of RxJava's that has moved on at the same instant, or that is canceled and has not
 * got round to canceling its inner streams (concatMapEager, while it emits): it reports that to
 * RxJavaPlugins, as any source's error. A subscriber of RxJava's has no context, so that an inner
 * binding cannot know that its downstream is gone.
 */
@Tag("search")
class EndedPipelineTest {
  /** One pipeline, bound at its end to a context of its own. */
  private static final class Run {
    final CancelCtx parent = Ctx.background().withCancel();
    final CancelCtx ctx = parent.withCancel();
    final Probe probe = new Probe(0);
    final Pipeline pipeline;
    private final boolean nested;
    private final long demand;

    /** With a binding of some kind. */
    Run(long seed) {
      this(seed, List.of(BIND, TIMEOUT, BIND_NOTED));
    }

    Run(long seed, List<Inserted> oneOf) {
      var random = new Random(seed * 31);
      nested = random.nextBoolean();
      Inserted inserted = oneOf.get(random.nextInt(3) % oneOf.size());
      pipeline = new Pipeline(seed, inserted, ctx, nested ? ALSO_LAST : ONLY_LAST);
      demand = random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(3);
    }

    /** Whatever happens at a source is a moment, and so is each item at the consumer. */
    void at(int moment, Runnable action) {
      var moments = new AtomicInteger();
      Runnable count = () -> {
        if (moments.getAndIncrement() == moment) {
          action.run();
        }
      };
      pipeline.ledger.inEvent = count;
      probe.inNext = count;
    }

    void drive() {
      pipeline.subscribe(probe);
      probe.requestIfAny(demand);
    }

    /** How many subscriptions to its sources have not ended and are not canceled. */
    long open() {
      return pipeline.ledger.open();
    }

    void assertOver(Undelivered undelivered) {
      assertThat(probe.breaches).isEmpty();
      assertThat(probe.isOver()).isTrue();
      assertThat(pipeline.open.entries())
          .allMatch(upstream -> upstream.isOver() || upstream.canceled() == 1);
      assertThat(parent.tree().lines()).hasSize(1);
      assertThat(undelivered.ofBindings).isEmpty();
      if (!nested) {
        assertThat(undelivered.errors).noneMatch(Undelivered::isOfCtx);
      }
    }
  }

  @Test
  @Timeout(Seeds.STUCK_SECONDS)
  @DisplayName(
      "X1 R1 R4 X5 ended inline: ctx's error, and of the sources as little as after a cancel is left")
  void cancel_inline_isTheEnd() {
    Seeds.forEach(EndedPipelineTest::endInline);
  }

  @ParameterizedTest
  @ValueSource(longs = {-7453430520048355416L})
  @DisplayName("X1 R1 R4 X5 the same of pipelines that searches have found")
  void cancel_inlineOfOneThatWasFound_isTheEnd(long seed) {
    endInline(seed);
  }

  private static void endInline(long seed) {
    int moment = new Random(~seed).nextInt(20);
    try (var undelivered = new Undelivered()) {
      var ended = new Run(seed);
      var live = new AtomicBoolean();
      var subscribed = new AtomicBoolean();
      ended.at(moment, () -> {
        live.set(!ended.probe.isOver() && !ended.pipeline.isScalar());
        subscribed.set(ended.probe.isSubscribed());
        ended.ctx.cancel();
      });
      ended.drive();
      ended.ctx.cancel();

      ended.assertOver(undelivered);
      List<Object> signals = ended.probe.signals();
      if (live.get()) {
        assertThat(signals.get(signals.size() - 1)).isEqualTo("cut");
      }
      Run left = left(seed, moment);
      if (ended.open() > left.open()) {
        assertThat(ended.open()).isLessThanOrEqualTo(cut(seed, moment).open());
      }
      if (live.get() && subscribed.get() && !ended.nested) {
        assertThat(signals.subList(0, signals.size() - 1)).isEqualTo(left.probe.signals());
      }
    }
  }

  /** The same, but that the consumer leaves at that moment. */
  private static Run left(long seed, int moment) {
    var left = new Run(seed);
    left.at(moment, () -> {
      if (left.probe.isSubscribed()) {
        left.probe.leave();
      }
    });
    left.drive();
    left.probe.leave();
    return left;
  }

  /**
   * The same, but that operators of RxJava's end it where bindings did. An error inside of it has
   * effects that a cancel has not: an {@code onErrorResumeNext} turns to its other source, and if
   * that is behind a {@code cache}, nobody ever cancels it.
   */
  private static Run cut(long seed, int moment) {
    var cut = new Run(seed, List.of(CUT));
    cut.at(moment, cut.ctx::cancel);
    cut.drive();
    cut.ctx.cancel();
    return cut;
  }

  @Test
  @Timeout(Seeds.STUCK_SECONDS)
  @DisplayName(
      "X1 R1 R4 X5 ended on another thread: one end, nothing after it, and nothing is left")
  void cancel_onAnotherThread_isOneEnd() {
    try (var undelivered = new Undelivered()) {
      Seeds.race(seed -> {
        undelivered.errors.clear();
        var ended = new Run(seed);
        return new Race(ended::drive, ended.ctx::cancel, () -> ended.assertOver(undelivered));
      });
    }
  }
}

package io.ctx4j.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.testing.Race;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What reaches RxJava's handler of undeliverable errors when a context and something else end a
 * stream at once.
 */
@Tag("race")
class UndeliverableRaceTest {
  private static final int ROUNDS = 20_000;

  /**
   * A source that ends, fails, is interrupted by the cut, or fails of a context; a consumer that
   * leaves.
   */
  private static final List<Consumer<Stream>> OTHERS = List.of(
      stream -> stream.source.end(),
      stream -> stream.source.fail(stream.own),
      stream -> stream.source.fail(stream.ctx.isDone() ? new InterruptedException() : stream.own),
      stream -> stream.other.cancel(),
      stream -> stream.probe.leave());

  private static final class Stream {
    final CancelCtx ctx = Ctx.background().withCancel();
    final CancelCtx other = Ctx.background().withCancel();
    final Source source = new Source();
    final Probe probe = new Probe();
    final IllegalStateException own = new IllegalStateException("the source's own");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EXCLUDE,
      names = {"FLUX", "MONO"})
  @DisplayName(
      "X5 20,000 races: one signal at most, and no error but the source's own is undeliverable")
  void cancel_whileEnding_isNeverUndeliverable(Type type) {
    var kind = new AtomicInteger();
    try (var undelivered = new Undelivered()) {
      Race.rounds(ROUNDS, () -> {
        var stream = new Stream();
        type.subscribe(
            stream.source, stream.probe, Binding.to(stream.ctx), Binding.to(stream.other));
        Consumer<Stream> other = OTHERS.get(kind.getAndIncrement() % OTHERS.size());
        return new Race(stream.ctx::cancel, () -> other.accept(stream), () -> {
          assertThat(stream.probe.breaches).isEmpty();
          boolean lost = stream.probe.signals().contains("cut");
          for (Throwable error : undelivered.errors) {
            assertThat(error).isSameAs(stream.own);
            assertThat(lost).isTrue();
          }
          undelivered.errors.clear();
        });
      });
    }
  }
}

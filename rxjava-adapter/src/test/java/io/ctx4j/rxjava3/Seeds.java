package io.ctx4j.rxjava3;

import io.ctx4j.testing.Race;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * The seeds of a random test: {@code -Dctx4j.test.seeds} so many, from {@code -Dctx4j.test.seed}
 * on.
 *
 * <p>In a build they are always the same some thousand, so that a build that fails has changed
 * something; a job of the night tries others.
 */
final class Seeds {
  static final long STUCK_SECONDS = 24 * 3_600;

  private static final int COUNT = Integer.getInteger("ctx4j.test.seeds", 5_000);
  private static final long FIRST = Long.getLong("ctx4j.test.seed", 1);

  private Seeds() {}

  /** Each as a round of a {@link Race}. */
  static void race(LongFunction<Race> round) {
    var seed = new AtomicLong(FIRST);
    try {
      Race.rounds(COUNT, () -> round.apply(seed.getAndIncrement()));
    } catch (Throwable e) {
      throw new AssertionError(again(seed.get() - 1), e);
    }
  }

  static void forEach(LongConsumer test) {
    for (long seed = FIRST; seed - FIRST < COUNT; seed++) {
      try {
        test.accept(seed);
      } catch (Throwable e) {
        throw new AssertionError(again(seed), e);
      }
    }
  }

  /** What to say of a pipeline that failed. */
  static String again(long seed) {
    return "-Dctx4j.test.seeds=1 -Dctx4j.test.seed=" + seed;
  }
}

package io.ctx4j.rxjava3;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * The seeds of a random test: some thousand, from a random one on. {@code -Dctx4j.seeds=n} tries so many, {@code
 * -Dctx4j.seed=n} that one alone.
 */
final class Seeds {
  static final long STUCK_SECONDS = 24 * 3_600;

  private static final int COUNT = Integer.getInteger("ctx4j.seeds", 5_000);
  private static final Long ONLY = Long.getLong("ctx4j.seed");

  private Seeds() {}

  /** Each as a round of a {@link Race}. */
  static void race(LongFunction<Race> round) {
    long first = ONLY != null ? ONLY : ThreadLocalRandom.current().nextLong();
    var seed = new AtomicLong(first);
    try {
      Race.rounds(COUNT, () -> round.apply(ONLY != null ? ONLY : seed.getAndIncrement()));
    } catch (Throwable e) {
      throw new AssertionError(again(seed.get() - 1), e);
    }
  }

  static void forEach(LongConsumer test) {
    long first = ONLY != null ? ONLY : ThreadLocalRandom.current().nextLong();
    for (long seed = first; seed - first < (ONLY != null ? 1 : COUNT); seed++) {
      try {
        test.accept(seed);
      } catch (Throwable e) {
        throw new AssertionError(again(seed), e);
      }
    }
  }

  /** What to say of a pipeline that failed. */
  static String again(long seed) {
    return "-Dctx4j.seed=" + seed;
  }
}

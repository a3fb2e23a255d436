package io.ctx4j.testing;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Two things at once, many times over: a smoke test of some thousand rounds; jcstress is the proof.
 *
 * <p>Each round is made, run and checked before the next is made, so that it may use what is one
 * for the process, and whoever makes rounds from a seed knows the one that failed. Its two threads
 * stay the same.
 *
 * <p>In the first two rounds one comes after the other, each once: what a race comes to may be a
 * matter of how busy the machine is, and on a single core it is always the same. Where one waits
 * for the other both go on.
 */
public final class Race {
  private static final Race STOP = new Race(() -> {}, () -> {}, () -> {});

  private static final int HERE_FIRST = 0;
  private static final int THERE_FIRST = 1;

  /** How long the one is let ahead of the other. */
  private static final long AHEAD_NANOS = Duration.ofSeconds(1).toNanos();

  private final Runnable here;
  private final Runnable there;
  private final Runnable check;
  private final AtomicBoolean hereHasRun = new AtomicBoolean();
  private final AtomicBoolean thereHasRun = new AtomicBoolean();
  private int round;

  /**
   * A round.
   *
   * @param here runs on the test's thread
   * @param there runs at the same time on another one
   * @param check runs when both have returned
   */
  public Race(Runnable here, Runnable there, Runnable check) {
    this.here = here;
    this.there = there;
    this.check = check;
  }

  public static void rounds(int count, Supplier<Race> rounds) {
    var handed = new AtomicReference<@Nullable Race>();
    Future<?> other = Threads.start(() -> {
      for (Race race = take(handed); race != STOP; race = take(handed)) {
        race.start(HERE_FIRST, race.hereHasRun);
        try {
          race.there.run();
        } finally {
          race.thereHasRun.set(true);
          handed.set(null);
        }
      }
    });
    try {
      for (int round = 0; round < count; round++) {
        Race race = rounds.get();
        race.round = round;
        handed.set(race);
        race.start(THERE_FIRST, race.thereHasRun);
        race.here.run();
        race.hereHasRun.set(true);
        Threads.until(() -> handed.get() == null || other.isDone());
        race.check.run();
      }
    } finally {
      handed.set(STOP);
    }
    Threads.join(other);
  }

  private static Race take(AtomicReference<@Nullable Race> handed) {
    for (int spins = 0; ; spins++) {
      Race race = handed.get();
      if (race != null) {
        return race;
      }
      Threads.pause(spins);
    }
  }

  /**
   * After the other, where that is first in this round; else with some head start for one of them.
   */
  private void start(int roundOfOther, AtomicBoolean otherHasRun) {
    if (round == roundOfOther) {
      long start = System.nanoTime();
      for (int spins = 0; !otherHasRun.get() && System.nanoTime() - start < AHEAD_NANOS; spins++) {
        Threads.pause(spins);
      }
      return;
    }
    for (int i = ThreadLocalRandom.current().nextInt(100); i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  /**
   * Counts how often each outcome came, so that a race test can show that its two orders differ.
   */
  public static final class Outcomes {
    private final AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};

    public void add(boolean first) {
      counts[first ? 0 : 1].incrementAndGet();
    }

    public boolean both() {
      return counts[0].get() > 0 && counts[1].get() > 0;
    }
  }
}

package io.ctx4j.reactor;

import io.ctx4j.testing.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Two bodies at once, many times over: a smoke test; jcstress is the proof.
 *
 * <p>Two threads go through a batch of rounds in step, so that a round costs a few microseconds; what
 * came of them is checked afterwards.
 */
final class Race {
  static final int ROUNDS = 20_000;

  private static final int BATCH = 500;

  private final Runnable here;
  private final Runnable there;
  private final Runnable check;

  Race(Runnable here, Runnable there, Runnable check) {
    this.here = here;
    this.there = there;
    this.check = check;
  }

  static void rounds(Supplier<Race> rounds) {
    rounds(ROUNDS, rounds);
  }

  static void rounds(int count, Supplier<Race> rounds) {
    for (int done = 0; done < count; done += BATCH) {
      List<Race> batch = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        batch.add(rounds.get());
      }
      var here = new Runner(batch, race -> race.here);
      var there = new Runner(batch, race -> race.there);
      Future<?> other = Threads.start(() -> there.run(here));
      here.run(there);
      Threads.join(other);
      batch.forEach(race -> race.check.run());
    }
  }

  /** One of the two threads. */
  private static final class Runner {
    private final List<Race> batch;
    private final Function<Race, Runnable> body;
    private final AtomicInteger round = new AtomicInteger(-1);
    private boolean inStep = true;

    Runner(List<Race> batch, Function<Race, Runnable> body) {
      this.batch = batch;
      this.body = body;
    }

    void run(Runner other) {
      round.set(0);
      Threads.until(() -> other.round.get() >= 0);
      for (int i = 0; i < batch.size(); i++) {
        round.set(i);
        inStep = inStep && other.comesTo(i);
        for (int wait = ThreadLocalRandom.current().nextInt(50); wait > 0; wait--) {
          Thread.onSpinWait();
        }
        body.apply(batch.get(i)).run();
      }
    }

    /** False: this has lost its core, and is not waited for any more. */
    private boolean comesTo(int number) {
      for (int spins = 0; spins < 2_000; spins++) {
        if (round.get() >= number) {
          return true;
        }
        Thread.onSpinWait();
      }
      return false;
    }
  }

  /** Counts how often each outcome came, so that a race test can show that it was a race. */
  static final class Outcomes {
    private final AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};

    void add(boolean first) {
      counts[first ? 0 : 1].incrementAndGet();
    }

    boolean both() {
      return counts[0].get() > 0 && counts[1].get() > 0;
    }
  }
}

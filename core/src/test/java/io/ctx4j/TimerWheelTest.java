package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The timer's wheel against a plain list, on a clock that wraps. */
class TimerWheelTest {
  private static final int TICK_BITS = 18;
  private static final long ORIGIN_NANOS = Long.MAX_VALUE - 1_000_000_000L;

  private final TimerWheel wheel = new TimerWheel(ORIGIN_NANOS);
  private final Clock clock = new Clock();
  private final Path root = new Path.Root("root", clock);
  private final List<TimedNode> pending = new ArrayList<>();

  private static final class Clock implements TimeSource {
    private long passedNanos;

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }

    @Override
    public long nanoTime() {
      return ORIGIN_NANOS + passedNanos;
    }

    @Override
    public Ctx.Registration schedule(Runnable task, Duration delay) {
      throw new UnsupportedOperationException();
    }
  }

  private TimedNode add(long delayNanos) {
    var timed = new TimedNode(DeadlinePath.after(root, Duration.ofNanos(delayNanos)));
    wheel.insert(timed);
    pending.add(timed);
    return timed;
  }

  private List<TimedNode> pass(long nanos) {
    clock.passedNanos += nanos;
    return chain(wheel.advance(clock.passedNanos >> TICK_BITS));
  }

  static List<TimedNode> chain(@Nullable TimedNode first) {
    List<TimedNode> chain = new ArrayList<>();
    for (TimedNode entry = first; entry != null; entry = entry.later) {
      chain.add(entry);
    }
    chain.forEach(entry -> entry.later = null);
    return chain;
  }

  private boolean isEarly(TimedNode timed) {
    return timed.nanos() - clock.nanoTime() > 0;
  }

  /** It is past, and so is the tick to which it was rounded up. */
  private boolean isDue(TimedNode timed) {
    return ((timed.nanos() - ORIGIN_NANOS - 1) >> TICK_BITS) + 1
        <= (clock.passedNanos >> TICK_BITS);
  }

  private static long anyNanos(Random random) {
    return random.nextLong() >>> (8 + random.nextInt(50));
  }

  @RepeatedTest(20)
  @DisplayName(
      "C18, C19 whatever comes and goes: none fires early, none a tick late, none twice, none is lost")
  void advance_anyDeadlines_takesOffWhatIsDue() {
    var random = new Random();
    long left = Long.MAX_VALUE / 2; // some 146 years
    for (int i = 0; i < 5_000; i++) {
      int kind = random.nextInt(10);
      if (kind < 6) {
        add(random.nextInt(20) == 0 ? -(anyNanos(random) >> 20) : anyNanos(random));
      } else if (kind < 8 && !pending.isEmpty()) {
        TimedNode timed = pending.remove(random.nextInt(pending.size()));
        assertThat(wheel.remove(timed)).isTrue();
        assertThat(wheel.remove(timed)).isFalse();
      } else {
        long step = anyNanos(random) >> random.nextInt(30);
        if (step > left) {
          continue;
        }
        left -= step;
        List<TimedNode> due = pass(step);
        assertThat(due).doesNotHaveDuplicates().noneMatch(this::isEarly);
        assertThat(pending).containsAll(due);
        pending.removeAll(due);
        assertThat(pending).noneMatch(this::isDue);
        assertThat(due).noneMatch(wheel::remove);
      }
    }
  }

  @RepeatedTest(20)
  @DisplayName("C19 what is due comes in the order of time, whatever order it came in")
  void sort_anyChain_isInOrder() {
    var random = new Random();
    TimedNode chain = null;
    List<TimedNode> all = new ArrayList<>();
    for (int i = random.nextInt(200); i >= 0; i--) {
      TimedNode entry =
          new TimedNode(DeadlinePath.after(root, Duration.ofNanos(1 + random.nextInt(100))));
      entry.later = chain;
      chain = entry;
      all.add(0, entry);
    }
    all.sort((a, b) -> Long.signum(a.nanos() - b.nanos())); // which keeps the order of equal ones

    assertThat(chain(TimerWheel.sort(requireNonNull(chain)))).containsExactlyElementsOf(all);
  }

  @Test
  @DisplayName("C19 the neighbors of one that is taken off stay, wherever it stands")
  void remove_anyOfSeveral_leavesTheOthers() {
    for (long delay : List.of(1L << 20, 1L << 30, 1L << 40, 1L << 55)) {
      for (int gone = 0; gone < 3; gone++) {
        List<TimedNode> all = IntStream.range(0, 3).mapToObj(i -> add(delay)).toList();
        assertThat(wheel.remove(all.get(gone))).isTrue();

        assertThat(pass(delay + (1L << TICK_BITS))).hasSize(2).doesNotContain(all.get(gone));
      }
    }
  }
}

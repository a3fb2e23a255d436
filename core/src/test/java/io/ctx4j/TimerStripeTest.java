package io.ctx4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TimerStripeTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** As if the timer had not looked for an hour. */
  private final long originNanos = System.nanoTime() - Duration.ofHours(1).toNanos();

  private final TimerStripe stripe = new TimerStripe(originNanos);

  private static TimedNode in(Duration timeout) {
    return new TimedNode(DeadlinePath.after(Handle.BACKGROUND.path, timeout));
  }

  private long ticks(Duration fromNow) {
    return TimerWheel.ticks(System.nanoTime() - originNanos + fromNow.toNanos());
  }

  @Test
  @DisplayName("C19 an empty stripe that nobody has looked at for long wakes the timer no sooner")
  void add_standsBehind_isTurned() {
    long now = ticks(Duration.ZERO);
    assertThat(stripe.add(in(MINUTE), Long.MAX_VALUE)).isGreaterThan(now);
  }

  @Test
  @DisplayName("C19 a stripe that stands behind is not turned past what it holds")
  void add_overdueInIt_isNotTurned() {
    TimedNode overdue = in(Duration.ofMinutes(-30));
    long start = stripe.add(overdue, Long.MAX_VALUE);
    TimedNode later = in(MINUTE);
    stripe.add(later, Long.MAX_VALUE);

    assertThat(stripe.nextStart()).isEqualTo(start);
    assertThat(TimerWheelTest.chain(requireNonNull(stripe.advance(ticks(Duration.ZERO)))))
        .containsExactly(overdue);
    assertThat(stripe.remove(later)).isTrue();
    assertThat(stripe.remove(later)).isFalse();
    assertThat(stripe.nextStart()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @DisplayName("C19 a stripe says once that something was added, also what was taken off since")
  void takeAdded_once() {
    assertThat(stripe.takeAdded()).isFalse();
    TimedNode entry = in(MINUTE);
    stripe.add(entry, Long.MAX_VALUE);
    stripe.remove(entry);
    assertThat(stripe.takeAdded()).isTrue();
    assertThat(stripe.takeAdded()).isFalse();
  }

  @Test
  @DisplayName("C19 what is due in several stripes is one chain")
  void join_chains_isOne() {
    TimedNode first = in(MINUTE);
    TimedNode second = in(MINUTE);
    TimedNode third = in(MINUTE);
    first.later = second;
    assertThat(TimerWheel.join(null, null)).isNull();
    assertThat(TimerWheel.join(first, null)).isSameAs(first);
    assertThat(TimerWheel.join(null, third)).isSameAs(third);
    assertThat(TimerWheelTest.chain(requireNonNull(TimerWheel.join(first, third))))
        .isEqualTo(List.of(first, second, third));
  }
}

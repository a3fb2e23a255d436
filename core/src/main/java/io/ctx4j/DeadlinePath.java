package io.ctx4j;

import static java.lang.invoke.MethodHandles.lookup;
import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A deadline, converted to the monotonic clock once (C18). There may be many: it is 32 bytes.
 *
 * <p>A timeout on the system's clocks has no instant until somebody asks for one: to read the wall
 * clock costs as much as all else that there is to making it (ADR 4).
 */
sealed class DeadlinePath extends Path permits FarDeadline {
  private static final VarHandle INSTANT = ConstantBootstraps.fieldVarHandle(
      lookup(), "instant", VarHandle.class, DeadlinePath.class, Instant.class);

  private static final long SECOND = 1_000_000_000L;

  /**
   * No TimeSource is asked for more (C35): a deadline further off arms no timer, and keeps its
   * distance as a Duration.
   */
  static final Duration FAR = Duration.ofDays(36_500);

  private static final long FAR_SECONDS = FAR.toSeconds();

  /** No distance is longer, so that sums with it cannot overflow. */
  private static final Duration MAX_DISTANCE =
      Duration.ofSeconds(Instant.MAX.getEpochSecond() - Instant.MIN.getEpochSecond());

  private static final Duration JITTER = Duration.ofSeconds(1);

  /**
   * Of so many readings of the clocks the one is taken during which this thread was held up least.
   */
  private static final int READINGS = 4;

  /** When it passes; of one that is far, when it was made; on {@code time.nanoTime()}. */
  final long nanos;

  private final InheritedScope scope;

  /**
   * The instant given, or what {@link #instant()} has made of the timeout: then the same for ever
   * (C15).
   */
  private @Nullable Instant instant;

  DeadlinePath(Path up, @Nullable Instant instant, long nanos) {
    super(up);
    this.instant = instant;
    this.nanos = nanos;
    this.scope = up.scope();
  }

  static DeadlinePath at(Path up, Instant instant) {
    // before nanoTime: a pause between the two makes it late, never early
    Instant now = up.time().now();
    return in(
        up,
        instant.getEpochSecond() - now.getEpochSecond(),
        instant.getNano() - now.getNano(),
        instant);
  }

  static DeadlinePath after(Path up, Duration timeout) {
    TimeSource time = up.time();
    long seconds = timeout.getSeconds();
    boolean isNear = seconds < FAR_SECONDS && seconds > -FAR_SECONDS;
    boolean readsLater = isNear && time == TimeSource.system();
    return in(up, seconds, timeout.getNano(), readsLater ? null : plus(time.now(), timeout));
  }

  /** One that passes so long before the outer one, to the nanosecond, by the monotonic clock. */
  static DeadlinePath before(Path up, DeadlinePath outer, Duration keep) {
    Instant end = outer.instant();
    boolean isThere = keep.compareTo(Duration.between(Instant.MIN, end)) < 0;
    long now = up.time().nanoTime();
    Duration left = outer.left(now).minus(keep.compareTo(MAX_DISTANCE) < 0 ? keep : MAX_DISTANCE);
    return in(up, left.getSeconds(), left.getNano(), isThere ? end.minus(keep) : Instant.MIN, now);
  }

  private static DeadlinePath in(Path up, long seconds, int nanos, @Nullable Instant instant) {
    return in(up, seconds, nanos, instant, up.time().nanoTime());
  }

  private static DeadlinePath in(
      Path up, long seconds, int nanos, @Nullable Instant instant, long now) {
    if (seconds >= FAR_SECONDS) {
      Duration left = Duration.ofSeconds(seconds, nanos);
      if (left.compareTo(FAR) > 0) {
        Duration span = left.compareTo(MAX_DISTANCE) > 0 ? MAX_DISTANCE : left;
        return new FarDeadline(up, requireNonNull(instant), now, span);
      }
    }
    long leftNanos = Math.max(seconds, -FAR_SECONDS) * SECOND + nanos;
    return new DeadlinePath(up, instant, now + leftNanos);
  }

  private static Instant plus(Instant now, Duration timeout) {
    long seconds = timeout.toSeconds();
    if (seconds >= Instant.MAX.getEpochSecond() - now.getEpochSecond()) {
      return Instant.MAX;
    }
    if (seconds <= Instant.MIN.getEpochSecond() - now.getEpochSecond()) {
      return Instant.MIN;
    }
    return now.plus(timeout);
  }

  final Instant instant() {
    Instant instant = this.instant;
    if (instant != null) {
      return instant;
    }
    Instant mine = read();
    Instant witness = (Instant) INSTANT.compareAndExchange(this, null, mine);
    return witness == null ? mine : witness;
  }

  /** What the wall clock shows when this passes. */
  private Instant read() {
    Instant read = Instant.MAX;
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS; i++) {
      long before = time().nanoTime();
      Instant now = time().now();
      long took = time().nanoTime() - before;
      if (took < shortest) {
        shortest = took;
        read = now.plusNanos(nanos - before - took / 2);
      }
    }
    return read;
  }

  boolean isFar() {
    return false;
  }

  final boolean hasPassed() {
    return !isFar() && leftNanos() <= 0;
  }

  /**
   * Compares on the monotonic clock (C13). On the system's clocks, which are not read at once, one
   * instant that was converted twice comes out different by what a thread may be held up between
   * the two: that counts as equal.
   */
  final boolean isBefore(DeadlinePath other) {
    boolean same = instant != null && instant.equals(other.instant);
    Duration equal = same && time() == TimeSource.system() ? JITTER : Duration.ZERO;
    if (!isFar() && !other.isFar()) {
      return other.nanos - nanos > equal.toNanos();
    }
    long now = time().nanoTime();
    return left(now).plus(equal).compareTo(other.left(now)) < 0;
  }

  /** What is left, in nanoseconds; zero or less once it has passed. Not for one that is far. */
  final long leftNanos() {
    return nanos - time().nanoTime();
  }

  Duration left(long now) {
    return Duration.ofNanos(nanos - now);
  }

  final Duration left() {
    Duration left = left(time().nanoTime());
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  final InheritedScope scope() {
    return scope;
  }

  @Override
  final DeadlinePath deadline() {
    return this;
  }

  /** Of one that was given by a margin, that has said it all. */
  @Override
  final void suffix(StringBuilder out) {
    if (!isByMargin()) {
      out.append(".withDeadline(").append(instant());
      appendLeft(out).append(')');
    }
  }

  /**
   * Whether the text above tells what is to be left of an outer deadline, in place of what is left
   * of this.
   */
  final boolean isByMargin() {
    return up instanceof Margin;
  }

  final StringBuilder appendLeft(StringBuilder out) {
    return append(out.append(" ["), left()).append(']');
  }

  static StringBuilder append(StringBuilder out, Duration duration) {
    return out.append(duration.toString().substring(2).toLowerCase(Locale.ROOT));
  }
}

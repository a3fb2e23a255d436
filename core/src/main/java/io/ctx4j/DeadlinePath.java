package io.ctx4j;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** A deadline, converted to the monotonic clock once (C18). There may be many: it is 40 bytes. */
sealed class DeadlinePath extends Path permits FarDeadline {
  private static final long SECOND = 1_000_000_000L;

  /** Further off than this a deadline arms no timer (C35), and its distance is kept as a Duration. */
  private static final Duration FAR = Duration.ofDays(36_500);

  private static final long FAR_SECONDS = FAR.toSeconds();

  /** No distance is longer, so that sums with it cannot overflow. */
  private static final Duration FURTHEST =
      Duration.ofSeconds(Instant.MAX.getEpochSecond() - Instant.MIN.getEpochSecond());

  private static final Duration JITTER = Duration.ofSeconds(1);

  /** When it passes; of one that is far, when it was made; on {@code time.nanoTime()}. */
  final long nanos;

  /** The instant, of which an object is made when somebody asks. */
  private final long epochSecond;

  private final int nanoOfSecond;
  private final InheritedScope scope;

  DeadlinePath(Path up, long epochSecond, int nanoOfSecond, long nanos) {
    super(up);
    this.epochSecond = epochSecond;
    this.nanoOfSecond = nanoOfSecond;
    this.nanos = nanos;
    this.scope = up.scope();
  }

  static DeadlinePath at(Path up, Instant instant) {
    // before nanoTime: a pause between the two makes it late, never early
    Instant now = up.time().now();
    long second = instant.getEpochSecond();
    int nano = instant.getNano();
    return in(up, second - now.getEpochSecond(), nano - now.getNano(), second, nano);
  }

  static DeadlinePath after(Path up, Duration timeout) {
    Instant now = up.time().now();
    long seconds = timeout.getSeconds();
    int nanos = timeout.getNano();
    if (seconds >= Instant.MAX.getEpochSecond() - now.getEpochSecond()) {
      return in(up, seconds, nanos, Instant.MAX.getEpochSecond(), Instant.MAX.getNano());
    }
    if (seconds <= Instant.MIN.getEpochSecond() - now.getEpochSecond()) {
      return in(up, seconds, nanos, Instant.MIN.getEpochSecond(), Instant.MIN.getNano());
    }
    long second = now.getEpochSecond() + seconds;
    long nano = (long) now.getNano() + nanos;
    return nano < SECOND
        ? in(up, seconds, nanos, second, (int) nano)
        : in(up, seconds, nanos, second + 1, (int) (nano - SECOND));
  }

  private static DeadlinePath in(
      Path up, long seconds, int nanos, long epochSecond, int nanoOfSecond) {
    long now = up.time().nanoTime();
    if (seconds >= FAR_SECONDS) {
      Duration left = Duration.ofSeconds(seconds, nanos);
      if (left.compareTo(FAR) > 0) {
        return new FarDeadline(
            up, epochSecond, nanoOfSecond, now, left.compareTo(FURTHEST) > 0 ? FURTHEST : left);
      }
    }
    long leftNanos = Math.max(seconds, -FAR_SECONDS) * SECOND + nanos;
    return new DeadlinePath(up, epochSecond, nanoOfSecond, now + leftNanos);
  }

  final Instant instant() {
    return Instant.ofEpochSecond(epochSecond, nanoOfSecond);
  }

  boolean isFar() {
    return false;
  }

  final boolean hasPassed() {
    return !isFar() && leftNanos() <= 0;
  }

  /**
   * Compares on the monotonic clock (C13). On the system's clocks, which are not read at once, one
   * instant that was converted twice comes out different by what a thread may be held up between the
   * two: that counts as equal.
   */
  final boolean isBefore(DeadlinePath other) {
    boolean same = epochSecond == other.epochSecond && nanoOfSecond == other.nanoOfSecond;
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

  @Override
  final void suffix(StringBuilder out) {
    out.append(".withDeadline(").append(instant());
    appendLeft(out).append(')');
  }

  final StringBuilder appendLeft(StringBuilder out) {
    return out.append(" [")
        .append(left().toString().substring(2).toLowerCase(Locale.ROOT))
        .append(']');
  }
}

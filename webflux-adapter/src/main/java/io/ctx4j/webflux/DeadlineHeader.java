package io.ctx4j.webflux;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;

/**
 * A header in which a request can say how long its client will wait, and how to read it.
 *
 * <p>The parser is strict, and total: ASCII digits, no sign, no space, one unit where there are
 * units, a limited length; anything else is malformed, never an exception. Digits that overflow are
 * the maximum.
 *
 * @param header its name is as it is configured, and the value of a meter's tag
 */
record DeadlineHeader(RequestHeader header, Format format) {
  static final String OURS = "X-Request-Timeout-Ms";

  /** More than enough for leading zeros; what is longer is no number that somebody meant. */
  private static final int MAX_DIGITS = 32;

  /** {@code TimeoutValue} of the gRPC protocol. */
  private static final int MAX_GRPC_DIGITS = 8;

  enum Format {
    MILLIS,
    /** Here 0 means that there is no timeout. */
    ENVOY_MILLIS,
    GRPC
  }

  /** What the header says: a timeout, nothing, or what cannot be read. */
  record Asked(@Nullable Duration timeout, boolean malformed) {
    static final Asked NOTHING = new Asked(null, false);
    static final Asked MALFORMED = new Asked(null, true);
  }

  static DeadlineHeader named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Format format = lower.equals("grpc-timeout")
        ? Format.GRPC
        : lower.startsWith("x-envoy-") ? Format.ENVOY_MILLIS : Format.MILLIS;
    return new DeadlineHeader(new RequestHeader(name), format);
  }

  String name() {
    return header.name();
  }

  Asked read(HttpRequest request) {
    return read(header.in(request));
  }

  /** Reads all lines of the header; those that differ cannot both be meant. */
  Asked read(List<String> lines) {
    if (lines.isEmpty()) {
      return Asked.NOTHING;
    }
    Asked first = read(lines.get(0));
    for (String line : lines) {
      if (!read(line).equals(first)) {
        return Asked.MALFORMED;
      }
    }
    return first;
  }

  private Asked read(String line) {
    if (format == Format.GRPC) {
      return readGrpc(line);
    }
    long millis = digits(line, line.length(), MAX_DIGITS);
    if (millis < 0) {
      return Asked.MALFORMED;
    }
    return millis == 0 && format == Format.ENVOY_MILLIS
        ? Asked.NOTHING
        : new Asked(Duration.ofMillis(millis), false);
  }

  private static Asked readGrpc(String line) {
    int last = line.length() - 1;
    TemporalUnit unit = last < 1 ? null : grpcUnit(line.charAt(last));
    long amount = unit == null ? -1 : digits(line, last, MAX_GRPC_DIGITS);
    return unit == null || amount < 0
        ? Asked.MALFORMED
        : new Asked(Duration.of(amount, unit), false);
  }

  private static @Nullable TemporalUnit grpcUnit(char unit) {
    return switch (unit) {
      case 'H' -> ChronoUnit.HOURS;
      case 'M' -> ChronoUnit.MINUTES;
      case 'S' -> ChronoUnit.SECONDS;
      case 'm' -> ChronoUnit.MILLIS;
      case 'u' -> ChronoUnit.MICROS;
      case 'n' -> ChronoUnit.NANOS;
      default -> null;
    };
  }

  /**
   * The number that the first characters are; the largest where it overflows, negative where it is
   * none.
   */
  private static long digits(String line, int length, int most) {
    if (length == 0 || length > most) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < length; i++) {
      int digit = line.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : number * 10 + digit;
    }
    return number;
  }
}

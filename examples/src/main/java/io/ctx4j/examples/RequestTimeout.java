package io.ctx4j.examples;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** How long a request may take: a default, which the client can only shorten. */
final class RequestTimeout {

  static final String HEADER = "X-Request-Timeout-Ms";
  static final Duration DEFAULT = Duration.ofSeconds(2);

  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private RequestTimeout() {}

  /** Returns null for none: an event stream lasts until its client has seen enough. */
  static @Nullable Duration of(ServerHttpRequest request) {
    return of(request.getPath().value(), request.getHeaders().getOrEmpty(HEADER));
  }

  static @Nullable Duration of(String path, List<String> header) {
    Duration asked = asked(header);
    if (path.equals("/ticks")) {
      return asked;
    }
    return asked != null && asked.compareTo(DEFAULT) < 0 ? asked : DEFAULT;
  }

  /** A header that is malformed, or there twice, is none; too large a number is a large number. */
  private static @Nullable Duration asked(List<String> values) {
    if (values.size() != 1 || !values.get(0).matches("[0-9]+")) {
      return null;
    }
    return Duration.ofMillis(new BigInteger(values.get(0)).min(MAX).longValueExact());
  }
}

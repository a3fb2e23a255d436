package io.ctx4j.boot;

import io.ctx4j.Ctx;
import io.ctx4j.reactor.CtxOps;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.core.Ordered;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;

/**
 * Tells the services behind Spring Cloud Gateway what is left of a request's time.
 *
 * <p>That is said as the request is written, on every attempt and every redirect: the gateway's own
 * filters of headers run before a connection is acquired, which can take most of it. It stands in
 * place of whatever a client or another filter has put there.
 */
final class ProxiedCalls implements HttpClientCustomizer, Ordered {
  private static final String OURS = "X-Request-Timeout-Ms";

  /** The most that {@code grpc-timeout} can say in one unit. */
  private static final long MAX_GRPC = 99_999_999;

  private final boolean propagates;
  private final List<String> inbound;
  private final Set<String> hosts;

  /**
   * Makes one.
   *
   * @param propagates false: calls leave as they came
   * @param inbound the headers that a client's deadline is read from: what is passed on of them
   *     must not promise more
   * @param hosts who is told; empty: all
   */
  ProxiedCalls(boolean propagates, List<String> inbound, List<String> hosts) {
    this.propagates = propagates;
    this.inbound = inbound.stream().filter(name -> !name.equalsIgnoreCase(OURS)).toList();
    this.hosts = hosts.stream()
        .map(host -> host.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The last: others may set the same header. */
  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @Override
  public HttpClient customize(HttpClient client) {
    return propagates ? client.doOnRequest((request, connection) -> propagate(request)) : client;
  }

  private void propagate(HttpClientRequest request) {
    Ctx ctx = CtxOps.get(request.currentContextView());
    Duration remaining = isPropagatedTo(request) ? ctx.remaining() : null;
    HttpHeaders headers = request.requestHeaders();
    if (remaining == null) {
      headers.remove(OURS);
      return;
    }
    long millis = millis(remaining);
    headers.set(OURS, Long.toString(millis));
    for (String name : inbound) {
      if (headers.contains(name)) {
        headers.set(name, isGrpc(name) ? grpc(millis) : Long.toString(millis));
      }
    }
  }

  private boolean isPropagatedTo(HttpClientRequest request) {
    if (hosts.isEmpty()) {
      return true;
    }
    String url = request.resourceUrl();
    String host = url == null ? null : host(url);
    return host != null && hosts.contains(host.toLowerCase(Locale.ROOT));
  }

  private static @Nullable String host(String url) {
    try {
      return URI.create(url).getHost();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Rounded down, but never to nothing, which would mean none in one of the headers. */
  private static long millis(Duration remaining) {
    return remaining.compareTo(Duration.ofMillis(Long.MAX_VALUE)) < 0
        ? Math.max(1, remaining.toMillis())
        : Long.MAX_VALUE;
  }

  private static boolean isGrpc(String name) {
    return name.equalsIgnoreCase("grpc-timeout");
  }

  private static String grpc(long millis) {
    return millis <= MAX_GRPC ? millis + "m" : Math.min(millis / 1_000, MAX_GRPC) + "S";
  }
}

package io.ctx4j.webflux;

import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/** The responses of a servlet container, below Spring's. */
final class ServletResponses {
  private static final boolean PRESENT = ClassUtils.isPresent(
      "jakarta.servlet.http.HttpServletResponse", ServletResponses.class.getClassLoader());

  private ServletResponses() {}

  /**
   * Writes a response past Spring's, whose headers it sends.
   *
   * @param content sent in any case: a commit action that fails takes Spring's content headers away
   * @param body small; empty: the head alone
   * @return null: this is another server's response, or a head has been sent
   */
  static @Nullable Mono<Void> write(
      ServerHttpResponse response, HttpStatus status, HttpHeaders content, byte[] body) {
    return PRESENT ? Servlet.write(response, status, content, body) : null;
  }

  /** Loaded only where the API is. */
  private static final class Servlet {
    static @Nullable Mono<Void> write(
        ServerHttpResponse response, HttpStatus status, HttpHeaders content, byte[] body) {
      Object original;
      try {
        original = ServerHttpResponseDecorator.getNativeResponse(response);
      } catch (IllegalArgumentException | IllegalStateException e) {
        return null; // a mock
      }
      if (!(original instanceof HttpServletResponse servlet) || servlet.isCommitted()) {
        return null;
      }
      HttpHeaders headers =
          HttpHeaders.copyOf(response.getHeaders()); // which can be the servlet's own
      headers.putAll(content);
      return Mono.fromCallable(() -> {
        servlet.reset();
        servlet.setStatus(status.value());
        headers.forEach((name, values) -> add(servlet, name, values));
        if (body.length > 0) {
          servlet.getOutputStream().write(body);
        }
        return null;
      });
    }

    private static void add(HttpServletResponse servlet, String name, List<String> values) {
      values.forEach(value -> servlet.addHeader(name, value));
    }
  }
}

package io.ctx4j.webflux;

import io.ctx4j.webflux.spi.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * A problem detail (RFC 9457), written without a codec: there may be none that can.
 *
 * @param detail for people; no text of the request's
 */
record Problem(HttpStatus status, String detail) {
  private static final String CORS = "Access-Control-";

  /**
   * What is said of an outcome.
   *
   * @param ofRequest false: it is that of a part of the request, which has time left itself
   */
  static Problem of(Outcome outcome, boolean ofRequest) {
    String detail = ofRequest
        ? outcome.detail()
        : outcome == Outcome.DEADLINE_EXCEEDED
            ? "A timeout inside the request has passed."
            : "A part of the request was canceled.";
    return new Problem(outcome.status(), detail);
  }

  /**
   * Clears what the handler has set; a browser must still be allowed to read the answer, a cache to
   * know whose it is.
   */
  static void clear(ServerHttpResponse response) {
    HttpHeaders headers = response.getHeaders();
    for (String name : names(headers)) {
      if (!name.regionMatches(true, 0, CORS, 0, CORS.length())
          && !name.equalsIgnoreCase(HttpHeaders.VARY)) {
        headers.remove(name);
      }
    }
    response.getCookies().clear();
    response.setStatusCode(null);
  }

  /**
   * Headers are no thread-safe map, and a session that is being saved sets its own below the gate.
   */
  private static List<String> names(HttpHeaders headers) {
    while (true) {
      try {
        return new ArrayList<>(headers.headerNames());
      } catch (ConcurrentModificationException e) {
        Thread.onSpinWait();
      }
    }
  }

  /** Sends it in place of what the handler has set so far. */
  Mono<Void> write(ServerWebExchange exchange) {
    ServerHttpResponse response = exchange.getResponse();
    byte[] json = head(exchange);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(json)));
  }

  /**
   * Sends it past a response that waits for a commit action, and cannot be written to until that
   * has ended.
   *
   * @return null: the server is not known, and nothing but the status can be sent
   */
  @Nullable Mono<Void> writePast(ServerWebExchange exchange) {
    ServerHttpResponse response = exchange.getResponse();
    byte[] json = head(exchange);
    var content = new HttpHeaders();
    describe(content, json);
    boolean withBody = !exchange.getRequest().getMethod().equals(HttpMethod.HEAD);
    byte[] body = withBody ? json : new byte[0];
    Mono<Void> written = NettyChannel.write(response, status, content, body);
    if (written == null) {
      written = ServletResponses.write(response, status, content, body);
    }
    if (written == null) {
      response.getHeaders().clearContentHeaders();
      response.getCookies().clear();
    } else {
      // the server has it: were the commit action to fail, Spring's end would commit, and set it
      // again
      response.setStatusCode(null);
    }
    return written;
  }

  private byte[] head(ServerWebExchange exchange) {
    byte[] json = json(exchange.getRequest().getPath().value()).getBytes(StandardCharsets.UTF_8);
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(status);
    describe(response.getHeaders(), json);
    return json;
  }

  private static void describe(HttpHeaders headers, byte[] json) {
    headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    headers.setContentLength(json.length);
  }

  /** The path without its query, which can hold secrets. */
  String json(String path) {
    return "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"instance\":\"%s\"}"
        .formatted(status.getReasonPhrase(), status.value(), escape(detail), escape(path));
  }

  /** For JSON, and for whoever puts it into a page. */
  private static String escape(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || "\"\\<>&'".indexOf(c) >= 0) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}

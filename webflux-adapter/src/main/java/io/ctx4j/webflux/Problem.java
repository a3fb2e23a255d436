package io.ctx4j.webflux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Locale;
import org.springframework.http.HttpHeaders;
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

  /** Clears what the handler has set; a browser must still be allowed to read the answer. */
  static void clear(ServerHttpResponse response) {
    HttpHeaders headers = response.getHeaders();
    for (String name : new ArrayList<>(headers.headerNames())) {
      if (!name.toLowerCase(Locale.ROOT).startsWith("access-control-")) {
        headers.remove(name);
      }
    }
    response.getCookies().clear();
    response.setStatusCode(null);
  }

  /** Sends it in place of what the handler has set so far. */
  Mono<Void> write(ServerWebExchange exchange) {
    ServerHttpResponse response = exchange.getResponse();
    clear(response);
    byte[] json = json(exchange.getRequest().getPath().value()).getBytes(StandardCharsets.UTF_8);
    response.setStatusCode(status);
    response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    response.getHeaders().setContentLength(json.length);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(json)));
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

package io.ctx4j.webflux;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.util.ClassUtils;
import reactor.netty.http.server.HttpServerRequest;

/**
 * A header that is looked for in every request.
 *
 * <p>Netty finds a header by a hash of its name, which for a String it makes anew at every lookup,
 * and for its own kind of string once. For the few names that the filter looks for that was half of
 * what it cost a request. So where a request is reactor-netty's, and nobody has decorated it,
 * Netty's headers are asked; Spring's are a view of the same.
 */
final class RequestHeader {
  /**
   * Spring's request on reactor-netty, which is not public; null: Spring has another name for it.
   */
  private static final @Nullable Class<?> OF_REACTOR = find();

  private final String name;

  /** The name, with its hash where there is a Netty to ask. */
  private final CharSequence hashed;

  RequestHeader(String name) {
    this.name = name;
    hashed = NettyChannel.PRESENT ? Netty.hashed(name) : name;
  }

  private static @Nullable Class<?> find() {
    try {
      return ClassUtils.forName(
          AbstractServerHttpRequest.class.getPackageName() + ".ReactorServerHttpRequest",
          AbstractServerHttpRequest.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  String name() {
    return name;
  }

  /** The header's lines; none: it is not there. */
  List<String> in(HttpRequest request) {
    return isOfReactor(request)
        ? Netty.lines(request, hashed)
        : request.getHeaders().getOrDefault(name, List.of());
  }

  /** Whether it is as the server has made it. */
  static boolean isOfReactor(HttpRequest request) {
    return request.getClass() == OF_REACTOR;
  }

  /** Loaded only where the library is. */
  private static final class Netty {
    /** What is not ASCII becomes a question mark, which no header's name has: it is not found. */
    static CharSequence hashed(String name) {
      return new AsciiString(name);
    }

    static List<String> lines(HttpRequest request, CharSequence name) {
      HttpServerRequest reactors = ((AbstractServerHttpRequest) request).getNativeRequest();
      HttpHeaders headers = reactors.requestHeaders();
      if (!headers.contains(name)) {
        return List.of();
      }
      Iterator<String> lines = headers.valueStringIterator(name);
      String first = lines.next();
      return lines.hasNext() ? headers.getAll(name) : List.of(first);
    }
  }
}

package io.ctx4j.webflux;

import org.jspecify.annotations.Nullable;
import org.springframework.core.SpringVersion;
import org.springframework.http.HttpHeaders;
import org.springframework.util.ClassUtils;

/**
 * Says at the start, in words, that Spring is too old: else each request would fail, by a
 * NoSuchMethodError.
 */
final class RequiredSpring {
  private RequiredSpring() {}

  static void check() {
    check(HttpHeaders.class, SpringVersion.getVersion());
  }

  /**
   * Fails where Spring is too old.
   *
   * @param headers Spring's, which are no map of strings any more from version 7 on
   * @param version for the message; null: it is not known
   */
  static void check(Class<?> headers, @Nullable String version) {
    if (!ClassUtils.hasMethod(headers, "headerNames")) {
      throw new IllegalStateException(
          "ctx4j-webflux needs Spring Framework 7 or newer (Spring Boot 4), and this is "
              + (version == null ? "an older one" : version));
    }
  }
}

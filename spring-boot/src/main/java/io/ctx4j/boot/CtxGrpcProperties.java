package io.ctx4j.boot;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings under {@code ctx4j.grpc}.
 *
 * @param server of gRPC's server
 * @param client of gRPC's channels
 */
@ConfigurationProperties("ctx4j.grpc")
record CtxGrpcProperties(
    @DefaultValue Server server, @DefaultValue Client client) {
  /**
   * The settings under {@code ctx4j.grpc.server}.
   *
   * @param enabled Whether each call has a context below the application's root.
   * @param defaultTimeout For calls that come without a deadline; none unless set.
   * @param maxTimeout Which no call outlasts, whatever deadline it comes with; none unless set.
   */
  record Server(
      @DefaultValue("true") boolean enabled,
      @Nullable Duration defaultTimeout,
      @Nullable Duration maxTimeout) {
    Server {
      if (defaultTimeout != null
          && maxTimeout != null
          && defaultTimeout.compareTo(maxTimeout) > 0) {
        throw new IllegalArgumentException("ctx4j.grpc.server.default-timeout (" + defaultTimeout
            + ") is above ctx4j.grpc.server.max-timeout (" + maxTimeout + ")");
      }
    }
  }

  /**
   * The settings under {@code ctx4j.grpc.client}.
   *
   * @param enabled Whether calls have their context's deadline, and end with it.
   */
  record Client(@DefaultValue("true") boolean enabled) {}
}

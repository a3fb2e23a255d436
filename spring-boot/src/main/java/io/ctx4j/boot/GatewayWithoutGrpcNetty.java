package io.ctx4j.boot;

import java.util.Map;
import java.util.function.Predicate;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Turns Spring Cloud Gateway's filter JsonToGrpc off where it could not start, and the gateway with
 * it.
 *
 * <p>The gateway makes it as soon as grpc-api is there, which ctx4j-grpc brings; its classes need
 * grpc-netty besides, the unshaded one (spring-cloud-gateway#4169). Who sets the property has the
 * last word. Once the gateway asks for grpc-netty itself, this changes nothing.
 */
final class GatewayWithoutGrpcNetty
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  static final String PROPERTY = "spring.cloud.gateway.server.webflux.filter.json-to-grpc.enabled";

  GatewayWithoutGrpcNetty() {}

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    if (isBroken(name -> ClassUtils.isPresent(name, context.getClassLoader()))) {
      context
          .getEnvironment()
          .getPropertySources()
          .addLast(
              new MapPropertySource("ctx4j gateway without grpc-netty", Map.of(PROPERTY, false)));
    }
  }

  static boolean isBroken(Predicate<String> present) {
    return present.test(
            "org.springframework.cloud.gateway.filter.factory.JsonToGrpcGatewayFilterFactory")
        && present.test("io.grpc.Channel")
        && !present.test("io.grpc.netty.NettyChannelBuilder");
  }
}

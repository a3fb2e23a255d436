package io.ctx4j.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * That the gateway does start beside gRPC is {@link GatewayTest}'s matter: its class path is such a
 * one.
 */
class GatewayWithoutGrpcNettyTest {
  private static final String FILTER =
      "org.springframework.cloud.gateway.filter.factory.JsonToGrpcGatewayFilterFactory";
  private static final String GRPC = "io.grpc.Channel";
  private static final String NETTY = "io.grpc.netty.NettyChannelBuilder";

  private final ApplicationContextRunner application =
      new ApplicationContextRunner().withInitializer(new GatewayWithoutGrpcNetty());

  @Test
  @DisplayName("W11 a filter of the gateway's that lacks its grpc-netty is off, and no other is")
  void isBroken_onlyWithoutNetty() {
    assertThat(GatewayWithoutGrpcNetty.isBroken(Set.of(FILTER, GRPC)::contains)).isTrue();
    assertThat(GatewayWithoutGrpcNetty.isBroken(Set.of(FILTER, GRPC, NETTY)::contains))
        .isFalse();
    assertThat(GatewayWithoutGrpcNetty.isBroken(Set.of(FILTER)::contains)).isFalse();
    assertThat(GatewayWithoutGrpcNetty.isBroken(Set.of(GRPC)::contains)).isFalse();
  }

  @Test
  @DisplayName("W11 that is a default: what the application sets counts")
  void initialize_propertySet_left() {
    application.run(context -> assertThat(
            context.getEnvironment().getProperty(GatewayWithoutGrpcNetty.PROPERTY))
        .isEqualTo("false"));
    application
        .withPropertyValues(GatewayWithoutGrpcNetty.PROPERTY + "=true")
        .run(context -> assertThat(
                context.getEnvironment().getProperty(GatewayWithoutGrpcNetty.PROPERTY))
            .isEqualTo("true"));
    application
        .withClassLoader(new FilteredClassLoader("io.grpc"))
        .run(context -> assertThat(
                context.getEnvironment().getProperty(GatewayWithoutGrpcNetty.PROPERTY))
            .isNull());
  }
}

package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.grpc.CtxServerInterceptor;
import io.ctx4j.grpc.spi.CallOutcome;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;

/**
 * Gives each call of Spring gRPC's server a context below the application's root.
 *
 * <p>The root of the calls is made with the first server: an application that has gRPC on its class
 * path and serves none has nothing of it in its tree.
 */
@AutoConfiguration(after = CtxAutoConfiguration.class)
@ConditionalOnClass({
  CtxServerInterceptor.class,
  GlobalServerInterceptor.class,
  GrpcServerProperties.class
})
@ConditionalOnBooleanProperty(name = "ctx4j.grpc.server.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CtxGrpcProperties.class)
public final class CtxGrpcServerAutoConfiguration {
  CtxGrpcServerAutoConfiguration() {}

  /** Before the application's, so that these find the call's context. */
  @Bean
  @Lazy
  @GlobalServerInterceptor
  @Order(Ordered.HIGHEST_PRECEDENCE + 100)
  CtxServerInterceptor ctx4jGrpcServerInterceptor(
      CtxGrpcShutdown calls,
      CtxGrpcProperties properties,
      ObjectProvider<OutcomeMeters<CallOutcome>> meters) {
    Consumer<? super CallOutcome> ended = meters.getIfAvailable();
    CtxGrpcProperties.Server server = properties.server();
    return new CtxServerInterceptor(
        calls::root,
        server.defaultTimeout(),
        server.maxTimeout(),
        ended == null ? outcome -> {} : ended);
  }

  @Bean
  @Lazy
  CtxGrpcShutdown ctx4jGrpcShutdown(
      @Qualifier(CtxAutoConfiguration.ROOT) CancelCtx root,
      ObjectProvider<GrpcServerProperties> server) {
    return new CtxGrpcShutdown(root, () -> server.getObject().getShutdown().getGracePeriod());
  }

  /** Counts them, where the application has a registry. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  static class MetersConfiguration {
    @Bean
    OutcomeMeters<CallOutcome> ctx4jCallMeters(ObjectProvider<MeterRegistry> registries) {
      return new OutcomeMeters<>(
          CallOutcome.class,
          "ctx4j.grpc.calls",
          "Calls of the gRPC server that have ended, and how",
          registries);
    }
  }
}

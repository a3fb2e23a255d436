package io.ctx4j.boot;

import io.ctx4j.grpc.CtxClientInterceptor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.grpc.client.GlobalClientInterceptor;

/**
 * Makes the calls of Spring gRPC's channels under the context that they are given, or the current
 * one.
 */
@AutoConfiguration
@ConditionalOnClass({CtxClientInterceptor.class, GlobalClientInterceptor.class})
@ConditionalOnBooleanProperty(name = "ctx4j.grpc.client.enabled", matchIfMissing = true)
public final class CtxGrpcClientAutoConfiguration {
  CtxGrpcClientAutoConfiguration() {}

  @Bean
  @GlobalClientInterceptor
  CtxClientInterceptor ctx4jGrpcClientInterceptor() {
    return new CtxClientInterceptor();
  }
}

package io.ctx4j.boot;

import io.ctx4j.webflux.CtxWebFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.context.annotation.Bean;

/** Hands deadlines on to the services behind Spring Cloud Gateway. */
@AutoConfiguration(
    after = CtxWebAutoConfiguration.class,
    beforeName = "org.springframework.cloud.gateway.config.GatewayAutoConfiguration")
@ConditionalOnClass(HttpClientCustomizer.class)
@ConditionalOnBean(CtxWebFilter.class)
@ConditionalOnBooleanProperty(name = "ctx4j.web.client.enabled", matchIfMissing = true)
@ConditionalOnProperty(name = "ctx4j.web.mode", havingValue = "enforce", matchIfMissing = true)
public final class CtxGatewayAutoConfiguration {
  CtxGatewayAutoConfiguration() {}

  @Bean
  ProxiedCalls ctx4jProxiedCalls(CtxWebProperties properties) {
    return new ProxiedCalls(properties.requestHeaders(), properties.client().hosts());
  }
}

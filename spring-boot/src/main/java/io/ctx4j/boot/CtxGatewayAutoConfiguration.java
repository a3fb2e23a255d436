package io.ctx4j.boot;

import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.context.annotation.Bean;

/** Hands deadlines on to the services behind Spring Cloud Gateway. */
@AutoConfiguration(
    after = CtxWebAutoConfiguration.class,
    beforeName = "org.springframework.cloud.gateway.config.GatewayAutoConfiguration")
@ConditionalOnClass(HttpClientCustomizer.class)
@ConditionalOnBean(CtxWebFilter.class)
@ConditionalOnBooleanProperty(name = "ctx4j.web.client.enabled", matchIfMissing = true)
public final class CtxGatewayAutoConfiguration {
  CtxGatewayAutoConfiguration() {}

  @Bean
  ProxiedCalls ctx4jProxiedCalls(CtxWebProperties properties, CtxWebSettings settings) {
    return new ProxiedCalls(
        settings.mode() == Mode.ENFORCE,
        settings.requestHeaders(),
        properties.client().hosts());
  }
}
